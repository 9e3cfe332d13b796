import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EmulatorThread, messagingThread } from '../../emulators/emulatorThread.ts';
import type { EventSourceMappingModel } from '../../template/model.ts';
import { destinationSender } from '../asyncEvents/destinations.ts';
import { functionModel } from '../testing/functions.ts';
import { mappingModel } from '../testing/mapping.ts';
import { startLambda, stopLambdas, until } from '../testing/startLambda.ts';
import { sqsQueueClient } from './sqsQueueClient.ts';

const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

let emulator: EmulatorThread;
let sqs: SQSClient;
let sns: SNSClient;

beforeAll(async () => {
  emulator = messagingThread('us-east-1', undefined);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const common = { endpoint: await emulator.start(), region: 'us-east-1', credentials };
  sqs = new SQSClient(common);
  sns = new SNSClient(common);
});

afterAll(async () => {
  await stopLambdas();
  sqs.destroy();
  sns.destroy();
  await emulator.stop();
});

async function createQueue(QueueName: string, Attributes: Record<string, string> = {}) {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

async function waitingIn(QueueUrl: string) {
  const AttributeNames = ['All' as const];
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
  );
  const visible = Number(Attributes.ApproximateNumberOfMessages);
  return visible + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
}

async function startWorker(
  name: string,
  url: string,
  code: string,
  changes: Partial<EventSourceMappingModel>,
) {
  const model = functionModel(code, { name });
  const mapping = mappingModel({ functionName: name, queueArn: arnOf(name), ...changes });
  const started = await startLambda([model], {
    eventSourceMappings: [mapping],
    queueClient: () => sqsQueueClient(sqs, url),
  });
  const logged = () => started.lines.flatMap((line) => line.split('\tINFO\t')[1] ?? []);
  return { ...started, logged };
}

// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
describe('a mapping over the real SQS protocol', () => {
  it('drains a queue in full batches, each message once', async () => {
    const url = await createQueue('drain');
    for (let batch = 0; batch < 10; batch++) {
      const Entries = Array.from({ length: 10 }, (_, n) => ({
        Id: `${n}`,
        MessageBody: `${batch * 10 + n}`,
      }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    }
    const code = `exports.handler = async ({ Records }) => {
      for (const { body } of Records) console.log(body);
    };`;

    const { lambda, logged } = await startWorker('drain', url, code, {});
    await until(() => lambda.snapshot().mappings[0]?.deleted === 100);

    expect(
      logged()
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(lambda.snapshot().functions.drain?.invocations).toBe(10);
    expect(await waitingIn(url)).toBe(0);
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
  it('leaves a message that keeps failing to the dead-letter queue, after maxReceiveCount receives', async () => {
    const deadUrl = await createQueue('redrive-dead');
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: arnOf('redrive-dead'),
      maxReceiveCount: 2,
    });
    const url = await createQueue('redrive', { VisibilityTimeout: '1', RedrivePolicy });
    const code = `exports.handler = async ({ Records }) => {
      for (const { body, attributes } of Records)
        console.log(body + attributes.ApproximateReceiveCount);
      return {
        batchItemFailures: Records.filter(({ body }) => body === 'bad')
          .map(({ messageId }) => ({ itemIdentifier: messageId })),
      };
    };`;
    const { logged } = await startWorker('redrive', url, code, { reportBatchItemFailures: true });

    const Entries = ['good', 'bad'].map((body) => ({ Id: body, MessageBody: body }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: deadUrl, WaitTimeSeconds: 10 }),
    );

    expect(Messages?.map(({ Body }) => Body)).toEqual(['bad']);
    expect(logged().sort()).toEqual(['bad1', 'bad2', 'good1']);
    expect(await waitingIn(url)).toBe(0);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
  it('hands over message attributes and system attributes', async () => {
    const url = await createQueue('attributes');
    const code = `exports.handler = async ({ Records }) => console.log(JSON.stringify(Records[0]));`;
    const { logged } = await startWorker('attributes', url, code, {});

    const MessageAttributes = {
      way: { DataType: 'String', StringValue: 'queued' },
      photo: { DataType: 'Binary', BinaryValue: Buffer.from('abc') },
    };
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x', MessageAttributes }));

    const lists = { stringListValues: [], binaryListValues: [] };
    await until(() => logged().length > 0);
    expect(JSON.parse(logged()[0] ?? '')).toMatchObject({
      body: 'x',
      md5OfBody: '9dd4e461268c8034f5c8564e155c67a6',
      eventSourceARN: arnOf('attributes'),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        way: { dataType: 'String', stringValue: 'queued', ...lists },
        photo: { dataType: 'Binary', binaryValue: 'YWJj', ...lists },
      },
    });
  });
});

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html (MessageBody)
it('a failure record takes any character that SQS allows to its queue', async () => {
  const QueueUrl = await createQueue('unicode');
  const body = JSON.stringify({ requestPayload: '🍕', responsePayload: 'ü€\uD7FF\uE000' });

  await destinationSender({ sqs, sns }, async () => {})(arnOf('unicode'), body, {
    ErrorMessage: 'sold out 🍕',
  });
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));

  expect(Messages?.map(({ Body }) => Body)).toEqual([body]);
});

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
it('destinations are reached by ARN: queue, topic and function', async () => {
  const url = await createQueue('destination');
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'destination' }));
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: arnOf('destination'),
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  const invoked: string[] = [];
  const send = destinationSender({ sqs, sns }, async (arn, body) => invoked.push(arn, body));

  await send(arnOf('destination'), 'to the queue', { RequestID: 'r1', ErrorCode: '200' });
  await send(TopicArn ?? '', 'to the topic');
  await send('arn:aws:lambda:us-east-1:000000000000:function:other', 'to the function');

  const received = new Map<string | undefined, unknown>();
  while (received.size < 2) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        WaitTimeSeconds: 5,
        MessageAttributeNames: ['All'],
      }),
    );
    for (const { Body, MessageAttributes } of Messages) received.set(Body, MessageAttributes);
  }
  expect(received.get('to the queue')).toMatchObject({
    RequestID: { StringValue: 'r1', DataType: 'String' },
    ErrorCode: { StringValue: '200', DataType: 'Number' },
  });
  expect(received.has('to the topic')).toBe(true);
  expect(invoked).toEqual([
    'arn:aws:lambda:us-east-1:000000000000:function:other',
    'to the function',
  ]);
});
