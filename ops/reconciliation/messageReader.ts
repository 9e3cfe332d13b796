import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListRuleNamesByTargetCommand,
} from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Messages, messagesSchema } from '../../contracts/consoleApi.ts';
import { readBreaker } from '../breaker.ts';
import { CannotAskError, functionName, type LocalRuntime, type Stage } from '../stage.ts';
import type { MessageBook, Moment } from './bookRules.ts';

/** However deep a message lies in envelopes, each of which escapes the quotes once more. */
const ORDER_ID = /order_id\\*"\s*:\s*\\*"([^"\\]+)/g;

export const readMessages = ({ runtime, outputs, clients }: Stage): Promise<MessageBook> =>
  runtime === undefined
    ? countMessages({ outputs, clients })
    : readLocalMessages(runtime).then((messages) => listMessages(messages, outputs));

/** The local service lists every message: those of the stack's queues, and those between SNS and Lambda. */
export function listMessages(
  { queues, async }: Messages,
  outputs: Pick<
    Stage['outputs'],
    'OrderQueueUrl' | 'OrderDeadLetterQueueUrl' | 'DirectDeadLetterQueueUrl'
  >,
): MessageBook {
  const isDeadLetterQueue = (url: string) =>
    [outputs.OrderDeadLetterQueueUrl, outputs.DirectDeadLetterQueueUrl].some(
      (dead) => nameOf(dead) === nameOf(url),
    );
  const isOrderQueue = (url: string) => nameOf(url) === nameOf(outputs.OrderQueueUrl);
  const all = Object.entries(queues);
  const dead = all.filter(([url]) => isDeadLetterQueue(url)).flatMap(([, queue]) => bodies(queue));
  const order = all.filter(([url]) => isOrderQueue(url)).map(([, queue]) => queue);
  const handedOver = all
    .filter(([url]) => !isDeadLetterQueue(url) && !isOrderQueue(url))
    .flatMap(([, queue]) => bodies(queue));
  return {
    counts: {
      visible: order.flatMap(({ visible }) => visible).length,
      inFlight: order.flatMap(({ inFlight }) => inFlight).length,
      deadLettered: dead.length,
      async: async.length + handedOver.length,
    },
    orders: {
      moving: orderIds([...order.flatMap(bodies), ...handedOver, ...async]),
      deadLettered: orderIds(dead),
    },
  };
}

async function countMessages({
  outputs,
  clients: { sqs },
}: Pick<Stage, 'outputs' | 'clients'>): Promise<MessageBook> {
  const [orders, ...dead] = await Promise.all([
    queueDepth(sqs, outputs.OrderQueueUrl),
    queueDepth(sqs, outputs.OrderDeadLetterQueueUrl),
    queueDepth(sqs, outputs.DirectDeadLetterQueueUrl),
  ]);
  const visibleOf = ({ waiting, delayed }: typeof orders) => waiting + delayed;
  const deadLettered = dead.reduce((sum, queue) => sum + visibleOf(queue) + queue.inFlight, 0);
  const visible = visibleOf(orders);
  return {
    counts: { visible, inFlight: orders.inFlight, deadLettered, async: null },
    orders: undefined,
  };
}

/** SQS can only be asked for numbers, approximate ones; NaN for one that it leaves out, which is not none: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export async function queueDepth(
  sqs: SQSClient,
  QueueUrl: string,
  options: { abortSignal?: AbortSignal } = {},
): Promise<{ waiting: number; delayed: number; inFlight: number }> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesDelayed',
        'ApproximateNumberOfMessagesNotVisible',
      ],
    }),
    options,
  );
  return {
    waiting: Number(Attributes.ApproximateNumberOfMessages),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
  };
}

/** The two times of the stage that the rules need, from what its functions were deployed with. */
export async function readTimes(
  stage: Stage,
): Promise<Pick<Moment, 'leaseMs' | 'sweepAfterMs' | 'isProviderDown' | 'providerUpSinceMs'>> {
  const hasBreaker = stage.outputs.OperationsTableName !== '';
  const [sync, sweeper, isSweeping, breaker] = await Promise.all([
    environmentOf(stage, 'orderSync'),
    environmentOf(stage, 'orderSweeper'),
    stage.runtime === undefined ? isScheduled(stage) : isScheduledLocally(stage.runtime),
    hasBreaker ? readBreaker(stage) : undefined,
  ]);
  return {
    leaseMs: Number(sync.SYNC_LEASE_SECONDS) * 1000,
    sweepAfterMs: isSweeping ? Number(sweeper.SWEEP_AFTER_SECONDS) * 1000 : undefined,
    isProviderDown: breaker?.state === 'open',
    providerUpSinceMs:
      breaker?.state === 'closed' && breaker.since !== null ? Date.parse(breaker.since) : undefined,
  };
}

/** How long units may be held for an order that never came to be; undefined where no sweeper frees them. */
export async function readStockLease(stage: Stage): Promise<number | undefined> {
  const { sweepAfterMs } = await readTimes(stage);
  const { STOCK_LEASE_SECONDS } = await environmentOf(stage, 'orderSweeper');
  return sweepAfterMs === undefined ? undefined : Number(STOCK_LEASE_SECONDS) * 1000;
}

async function environmentOf(stage: Stage, key: string): Promise<Record<string, string>> {
  return (await configurationOf(stage, key)).Environment?.Variables ?? {};
}

const configurationOf = (stage: Stage, key: string) =>
  stage.clients.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName(stage, key) }),
  );

async function isScheduled(stage: Stage): Promise<boolean> {
  const events = new EventBridgeClient({ region: stage.region });
  try {
    const { FunctionArn: TargetArn } = await configurationOf(stage, 'orderSweeper');
    const { RuleNames = [] } = await events.send(new ListRuleNamesByTargetCommand({ TargetArn }));
    const rules = await Promise.all(
      RuleNames.map((Name) => events.send(new DescribeRuleCommand({ Name }))),
    );
    return rules.some(({ State }) => State === 'ENABLED');
  } finally {
    events.destroy();
  }
}

const isScheduledLocally = async (runtime: LocalRuntime): Promise<boolean> =>
  (await readLocalMessages(runtime)).schedules.orderSweeper ?? false;

async function readLocalMessages(runtime: LocalRuntime): Promise<Messages> {
  const address = `${runtime.console}/api/messages`;
  try {
    const response = await fetch(address);
    return messagesSchema.parse(await response.json());
  } catch (error) {
    throw new CannotAskError(
      `The local service does not list its messages at ${address}: ${(error as Error).message}`,
    );
  }
}

const bodies = ({ visible, inFlight }: { visible: string[]; inFlight: string[] }) => [
  ...visible,
  ...inFlight,
];

const nameOf = (queueUrl: string) => queueUrl.split('/').at(-1);

const orderIds = (texts: string[]) =>
  new Set(texts.flatMap((text) => [...text.matchAll(ORDER_ID)].map(([, id = '']) => id)));
