import { CreateTopicCommand, PublishBatchCommand, PublishCommand } from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SNSEvent } from 'aws-lambda';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { FunctionNotFoundError } from '../lambda/errors.ts';
import type { SubscriptionModel } from '../template/model.ts';
import { createQueue, type EmulatorClients, emulatorClients } from './provision.ts';
import { TopicDelivery } from './topicDelivery.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:orders';
const DEAD_LETTERS = 'arn:aws:sqs:us-east-1:000000000000:dead';

let server: FauxqsServer;
let clients: EmulatorClients;
let delivery: TopicDelivery;
let events: unknown[];
let faults: string[];
let onFault: () => void;
let onEvent: (event: unknown) => void;

const subscription: SubscriptionModel = {
  topicArn: TOPIC,
  protocol: 'lambda',
  endpoint: 'arn:aws:lambda:us-east-1:000000000000:function:direct',
  rawMessageDelivery: false,
  filterPolicy: { way: ['direct'] },
  filterPolicyScope: 'MessageAttributes',
  deadLetterArn: DEAD_LETTERS,
};

async function start(
  invoke: () => Promise<void>,
  changes: Partial<SubscriptionModel> = {},
): Promise<void> {
  const model = { ...subscription, ...changes };
  const invokeAsync = async (_name: string, payload: string) => {
    await invoke();
    events.push(JSON.parse(payload));
    onEvent(JSON.parse(payload));
  };
  delivery = new TopicDelivery(model, 'direct', clients, invokeAsync, (text) => {
    faults.push(text);
    onFault();
  });
  await delivery.start();
}

const publish = (Message: string, way: string) =>
  clients.sns.send(
    new PublishCommand({
      TopicArn: TOPIC,
      Message,
      MessageAttributes: { way: { DataType: 'String', StringValue: way } },
    }),
  );

const queueUrl = async (QueueName: string) =>
  (await clients.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;

/** How many messages are visible, and how many are not. */
async function leftIn(name: string) {
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: await queueUrl(name), AttributeNames: ['All'] }),
  );
  return [
    Attributes?.ApproximateNumberOfMessages,
    Attributes?.ApproximateNumberOfMessagesNotVisible,
  ];
}

beforeEach(async () => {
  events = [];
  faults = [];
  onFault = () => {};
  server = await startFauxqs({ port: 0, logger: false });
  const url = `http://127.0.0.1:${server.port}`;
  clients = emulatorClients(url, url, 'us-east-1');
  await clients.sns.send(new CreateTopicCommand({ Name: 'orders' }));
});

afterEach(async () => {
  await delivery.stop();
  await server.stop();
});

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
describe('A subscription of a function to a topic', () => {
  it('gives the function one event for each message that its filter lets through', async () => {
    const received = new Promise((resolve) => {
      onEvent = resolve;
    });
    await start(async () => {});

    await publish('for the queue', 'queued');
    await publish('for the function', 'direct');
    await received;

    expect(events).toEqual([
      {
        Records: [
          {
            EventSource: 'aws:sns',
            EventVersion: '1.0',
            EventSubscriptionArn: expect.stringContaining(`${TOPIC}:`),
            Sns: expect.objectContaining({
              Type: 'Notification',
              TopicArn: TOPIC,
              Message: 'for the function',
              Subject: null,
              SignatureVersion: '1',
              Signature: expect.any(String),
              SigningCertUrl: expect.stringContaining('https://'),
              UnsubscribeUrl: expect.stringContaining(`SubscriptionArn=${TOPIC}:`),
              MessageAttributes: { way: { Type: 'String', Value: 'direct' } },
            }),
          },
        ],
      },
    ]);
  });

  it('gives the function one record an invocation, however many messages there are', async () => {
    const received = new Promise<void>((resolve) => {
      onEvent = () => events.length === 10 && resolve();
    });
    await start(async () => {});

    const MessageAttributes = { way: { DataType: 'String', StringValue: 'direct' } };
    const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: `${n}`, Message: `${n}` }));
    await clients.sns.send(
      new PublishBatchCommand({
        TopicArn: TOPIC,
        PublishBatchRequestEntries: Entries.map((entry) => ({ ...entry, MessageAttributes })),
      }),
    );
    await received;

    const records = events.map((event) => (event as SNSEvent).Records);
    expect(records.map(({ length }) => length)).toEqual(Array(10).fill(1));
    expect(records.map(([record]) => Number(record?.Sns.Message)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, n) => n),
    );
  });

  // https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html
  it('filters by the body of the message where its filter policy is of that scope', async () => {
    const received = new Promise((resolve) => {
      onEvent = resolve;
    });
    await start(async () => {}, {
      filterPolicy: { order: { total: [{ numeric: ['>=', 100] }] } },
      filterPolicyScope: 'MessageBody',
    });

    await publish('{"order":{"total":99}}', 'direct');
    await publish('no JSON', 'direct');
    await publish('{"order":{"total":100}}', 'direct');
    await received;

    expect(events).toMatchObject([{ Records: [{ Sns: { Message: '{"order":{"total":100}}' } }] }]);
  });

  /** https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html */
  it('keeps what cannot be handed over in its dead-letter queue', async () => {
    const QueueUrl = await createQueue({ name: 'dead', attributes: {} }, clients.sqs);
    await start(async () => {
      throw new FunctionNotFoundError('direct');
    });

    await publish('lost?', 'direct');
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] }),
    );

    expect(JSON.parse(Messages[0]?.Body ?? '{}')).toMatchObject({ Message: 'lost?' });
    expect(Messages[0]?.MessageAttributes?.ERROR_MESSAGE?.StringValue).toBe(
      'Function not found: direct',
    );
  });

  /** https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html */
  it('without a dead-letter queue loses what Lambda refuses, and keeps what failed otherwise', async () => {
    const errors = [new FunctionNotFoundError('direct'), new Error('the disk is full')];
    const tried = new Promise<void>((resolve) => {
      onEvent = () => resolve();
    });
    await start(
      async () => {
        const error = errors.shift();
        if (error) throw error;
      },
      { deadLetterArn: undefined },
    );

    for (const message of ['refused', 'failed', 'handed over']) await publish(message, 'direct');
    await tried;
    await delivery.stop();

    expect(await leftIn(delivery.queueName)).toEqual(['0', '1']);
  });

  /** https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html */
  it.each([
    ['no JSON', 'no JSON'],
    ['the JSON of no SNS message', '{"Message":7}'],
  ])(
    'gives up %s in its queue by name, and delivers what came with it once',
    async (_what, body) => {
      const QueueUrl = await createQueue({ name: 'dead', attributes: {} }, clients.sqs);
      await start(async () => {});
      await delivery.stop();
      await publish('before', 'direct');
      await clients.sqs.send(
        new SendMessageCommand({ QueueUrl: await queueUrl(delivery.queueName), MessageBody: body }),
      );
      await publish('after', 'direct');

      const received = new Promise<void>((resolve) => {
        onEvent = () => events.length === 2 && resolve();
      });
      await start(async () => {});
      await received;
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }),
      );
      await delivery.stop();

      expect(Messages.map(({ Body }) => Body)).toEqual([body]);
      expect(await leftIn(delivery.queueName)).toEqual(['0', '0']);
      expect(faults).toEqual([
        expect.stringMatching(/^Message \S+ .*it is not an SNS message.*dead/),
      ]);
    },
  );

  it('says why it cannot deliver', async () => {
    const told = new Promise<void>((resolve) => {
      onFault = resolve;
    });
    await start(() => Promise.reject(new Error('the disk is full')));

    await publish('failed', 'direct');
    await told;

    expect(faults[0]).toMatch(/^Message \S+ .*tried again: Error: the disk is full$/);
    await server.stop();
    await new Promise<void>((resolve) => {
      onFault = resolve;
    });
    expect(faults.at(-1)).toMatch(/^The messages of arn:aws:sns:.*:orders cannot be read: /);
  });

  /** https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html */
  it("is apart from the same function's subscription to another topic", async () => {
    const name = 'f'.repeat(64);
    const topics = ['orders', 'refunds'].map((topic) => TOPIC.replace('orders', topic));
    const queueNames = topics.map(
      (topicArn) =>
        new TopicDelivery(
          { ...subscription, topicArn },
          name,
          clients,
          async () => {},
          () => {},
        ).queueName,
    );

    expect(new Set(queueNames).size).toBe(2);
    expect(queueNames.map(({ length }) => length)).toEqual([80, 80]);
  });
});
