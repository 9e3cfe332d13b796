import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { bookReader } from '../../ops/reconciliation/tableReader.ts';
import { functionName, type Stage } from '../../ops/stage.ts';
import { type Draw, draws, jsonValues } from './draw.ts';
import { readOrders } from './requestCampaign.ts';

export interface MessageResult {
  sent: number;
  deadLettered: number;
  orders: number;
  completed: number;
  charges: number;
  faults: string[];
}

type Door = 'queue' | 'queued' | 'direct';

interface OddMessage {
  id: string;
  door: Door;
  body: string;
}

const HEALTHY_ORDERS = 200;
/** Five receives in a minute. Less than the worker may take, and messages that it is still paying come again. */
const VISIBILITY_SECONDS = 10;
const DEAD_WITHIN_MS = 240_000;
const LANES = 8;
const NOBODY = 'ord_00000000000000000000000000000000';
const JSON_VALUES = jsonValues(2);

/** Messages that no intake wrote, on queue and topic, beside orders that must not notice. */
export async function sendOddMessages(
  stage: Stage,
  seed: number,
  count: number,
  buy: (way: string) => Promise<string>,
  onProgress: (text: string) => void,
): Promise<MessageResult> {
  await giveUpSoon(stage);
  const sns = new SNSClient({
    region: stage.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    ...(stage.runtime && { endpoint: stage.runtime.endpoints.sns }),
  });
  const odd = draws(seed, count).map(drawMessage);
  const accepted = new Set<string>();
  const todo: (() => Promise<unknown>)[] = [
    ...odd.map((message) => () => put(stage, sns, message)),
    ...Array.from({ length: HEALTHY_ORDERS }, (_, at) => async () => {
      accepted.add(await buy(at % 2 === 0 ? 'queued' : 'direct'));
    }),
  ];
  const mixed = draws(seed + 1, 1)[0]
    ?.some(todo, todo.length)
    .values();
  const lane = async () => {
    for (const send of mixed ?? []) await send();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  sns.destroy();
  const dead = await deadLetters(stage, odd, onProgress);
  return judge(stage, odd, dead, accepted);
}

async function giveUpSoon(stage: Stage): Promise<void> {
  const { clients, outputs } = stage;
  const Attributes = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
  await clients.sqs.send(
    new SetQueueAttributesCommand({ QueueUrl: outputs.OrderQueueUrl, Attributes }),
  );
  const FunctionName = functionName(stage, 'topicProcessor');
  await clients.lambda.send(
    // One, for the message that comes twice while its order is being paid.
    new UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }),
  );
}

/** Each holds an id of its own, by which it is found again wherever it ends. */
function drawMessage(draw: Draw, index: number): OddMessage {
  const id = `odd-${index}-`;
  const message = {
    version: 1,
    order_id: NOBODY,
    way: 'queued',
    sent_at: '2026-11-27T00:00:00.000Z',
    note: id,
  };
  const field = draw.pick(['version', 'order_id', 'way', 'sent_at'] as const);
  const wrong = draw.pick([...['null', '0', '-1', '1.5', '""', 'true', '[]', '{}', '"1"', '99']]);
  const nobody = draw.pick([
    NOBODY,
    'ord_x',
    '',
    '../..',
    `ord_${'f'.repeat(32)}`,
    draw.text(1, 40),
  ]);
  const text = () => withoutRefused(draw.text(0, 200));
  const body = draw.pick([
    () => `${id}${text()}`,
    () => `${id} not JSON {"version":1`,
    () => `["${id}",${draw.pick(JSON_VALUES)}]`,
    () => JSON.stringify({ ...message, [field]: undefined }),
    () =>
      JSON.stringify(message)
        .replace(/^\{/, `{"${field}":${wrong},`)
        .replace(new RegExp(`,"${field}":("[^"]*"|1)`), ''),
    () => JSON.stringify({ ...message, order_id: nobody }),
    () => JSON.stringify({ ...message, version: 99 }),
    () => JSON.stringify({ ...message, note: `${id}${'😀'.repeat(20_000)}` }),
    () => JSON.stringify({ ...message, note: `${id}\u009b2J\u001b[31m\u202e` }),
    () =>
      JSON.stringify({
        Type: 'Notification',
        Message: draw.pick([id, '{}', JSON.stringify(message)]),
        note: id,
      }),
    () => JSON.stringify({ Records: [{ body: message }], note: id }),
    () => `${JSON.stringify(message)}${id}`,
    () => `\u009b\u0085${id}\ufeff`,
    () => `${'['.repeat(draw.pick([10, 5000]))}${id}`,
  ])();
  return {
    id,
    door: draw.pick(['queue', 'queued', 'direct'] as const),
    body: withoutRefused(body),
  };
}

/** SQS takes no other characters: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const withoutRefused = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?');

async function put({ clients, outputs }: Stage, sns: SNSClient, message: OddMessage) {
  const { door, body } = message;
  const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
  if (door === 'queue') {
    await clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: outputs.OrderQueueUrl,
        MessageBody: body,
        // None of them counts: what is in the queue has passed the filter.
        ...(body.length % 2 === 0 && { MessageAttributes: { way: attribute('nowhere') } }),
      }),
    );
    return;
  }
  await sns.send(
    new PublishCommand({
      TopicArn: outputs.OrderTopicArn,
      Message: body,
      MessageAttributes: { way: attribute(door), other: attribute('\u009b😀') },
    }),
  );
}

/** The ids that are found in a dead-letter queue, which is emptied. */
async function deadLetters(
  { clients: { sqs }, outputs }: Stage,
  odd: OddMessage[],
  onProgress: (text: string) => void,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const end = Date.now() + DEAD_WITHIN_MS;
  const isMissing = ({ id }: OddMessage) => !found.has(id);
  while (odd.some(isMissing) && Date.now() < end) {
    let received = 0;
    for (const QueueUrl of [outputs.OrderDeadLetterQueueUrl, outputs.DirectDeadLetterQueueUrl]) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      received += Messages.length;
      if (Messages.length === 0) continue;
      for (const { Body = '' } of Messages) {
        const id = /odd-\d+-/.exec(Body)?.[0] ?? `${QueueUrl.split('/').at(-1)}: ${Body}`;
        found.set(id, (found.get(id) ?? 0) + 1);
      }
      const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
    onProgress(`${found.size} dead letters of ${odd.length} odd messages`);
    if (received === 0) await sleep(500);
  }
  return found;
}

async function judge(
  stage: Stage,
  odd: OddMessage[],
  dead: Map<string, number>,
  accepted: Set<string>,
): Promise<MessageResult> {
  const faults: string[] = [];
  for (const { id, door, body } of odd) {
    if (dead.get(id) !== 1)
      faults.push(
        `${door}: ${dead.get(id) ?? 0} dead letters of ${JSON.stringify(body.slice(0, 200))}`,
      );
    dead.delete(id);
  }
  for (const id of dead.keys())
    faults.push(`a dead letter that was not sent: ${id.slice(0, 2000)}`);
  const orders = await readOrders(stage);
  const isCompleted = (id: string) => orders.get(id)?.status === 'completed';
  const open = [...accepted].filter((id) => !isCompleted(id));
  if (open.length > 0) faults.push(`${open.length} healthy orders are not completed: ${open[0]}`);
  let charges = 0;
  for await (const page of bookReader(stage).charges()) {
    for (const { orderId } of page) {
      charges += 1;
      if (!accepted.has(orderId)) faults.push(`charged, and not ordered: ${orderId}`);
    }
  }
  const books = await reconcile(stage, { accepted, waitSeconds: 10 });
  if (!books.closed) faults.push(`the books do not close: ${JSON.stringify(books.violations[0])}`);
  return {
    sent: odd.length,
    deadLettered: odd.filter(({ id }) => !faults.some((fault) => fault.includes(id))).length,
    orders: accepted.size,
    completed: accepted.size - open.length,
    charges,
    faults: faults.slice(0, 20),
  };
}
