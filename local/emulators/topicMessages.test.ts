import {
  CreateTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EmulatorThread, messagingThread } from './emulatorThread.ts';
import { createQueue, type EmulatorClients, emulatorClients } from './provision.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:news';
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
let thread: EmulatorThread;
let clients: EmulatorClients;

beforeAll(async () => {
  thread = messagingThread('us-east-1', undefined);
  const url = await thread.start();
  clients = emulatorClients(url, url, 'us-east-1');
  await clients.sns.send(new CreateTopicCommand({ Name: 'news' }));
  await createQueue({ name: 'inbox', attributes: {} }, clients.sqs);
  await createQueue({ name: 'sns-to-reader', attributes: {} }, clients.sqs);
});
afterAll(() => thread.stop());

const publish = (input: Omit<PublishCommandInput, 'TopicArn'>) =>
  clients.sns.send(new PublishCommand({ TopicArn: TOPIC, ...input }));

async function subscribed(
  name: string,
  attributes: Record<string, string>,
  act: () => Promise<unknown>,
): Promise<void> {
  const { SubscriptionArn } = await clients.sns.send(
    new SubscribeCommand({
      TopicArn: TOPIC,
      Protocol: 'sqs',
      Endpoint: queueArn(name),
      Attributes: { RawMessageDelivery: 'true', ...attributes },
    }),
  );
  try {
    await act();
  } finally {
    await clients.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  }
}

/** What is in a queue now, and taken out of it. */
async function taken(name: string) {
  const QueueUrl = `${String(await endpoint())}000000000000/${name}`;
  const { Messages = [] } = await clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  for (const { ReceiptHandle } of Messages)
    await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages;
}

async function endpoint(): Promise<string> {
  const { hostname, port } = (await clients.sqs.config.endpoint?.()) ?? {};
  return `http://${hostname}:${port}/`;
}

/** Whether a message with this body, or these attributes, passes a policy. */
async function passes(
  policy: unknown,
  message: unknown,
  attributes?: PublishCommandInput['MessageAttributes'],
): Promise<boolean> {
  let found = 0;
  const scope = { FilterPolicyScope: attributes ? 'MessageAttributes' : 'MessageBody' };
  await subscribed('inbox', { FilterPolicy: JSON.stringify(policy), ...scope }, async () => {
    await publish({ Message: JSON.stringify(message), MessageAttributes: attributes });
    found = (await taken('inbox')).length;
  });
  return found > 0;
}

const list = (...items: unknown[]) => ({
  names: { DataType: 'String.Array', StringValue: JSON.stringify(items) },
});

// https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
describe('a filter policy over message attributes', () => {
  it('compares each item of a String.Array', async () => {
    expect(await passes({ names: ['red'] }, 'x', list('blue', 'red'))).toBe(true);
    expect(await passes({ names: ['red'] }, 'x', list('blue'))).toBe(false);
    expect(await passes({ names: [null] }, 'x', list(null))).toBe(true);
  });

  it('takes by anything-but a list that holds none of the values', async () => {
    const policy = { names: [{ 'anything-but': ['old'] }] };

    expect(await passes(policy, 'x', list('new', 'newer'))).toBe(true);
    expect(await passes(policy, 'x', list('new', 'old'))).toBe(false);
  });

  it('does not take for null that an attribute is missing', async () => {
    const policy = { names: [null, { 'anything-but': ['old'] }] };
    const other = { other: { DataType: 'String', StringValue: 'x' } };

    expect(await passes(policy, 'x', other)).toBe(false);
  });

  it.each([
    ['prefix', [{ prefix: 're' }], 'red', 'are'],
    ['wildcard', [{ wildcard: 'r*d' }], 'read', 'ready'],
    ['cidr', [{ cidr: '10.0.0.0/24' }], '10.0.0.255', '10.0.1.0'],
    ['anything-but a suffix', [{ 'anything-but': { suffix: 'd' } }], 'blue', 'red'],
  ])('knows the rule %s', async (_name, rules, right, wrong) => {
    const text = (StringValue: string) => ({ colour: { DataType: 'String', StringValue } });

    expect(await passes({ colour: rules }, 'x', text(right))).toBe(true);
    expect(await passes({ colour: rules }, 'x', text(wrong))).toBe(false);
  });
});

// https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html
describe('a filter policy over the message body', () => {
  it('looks into lists, also into lists of objects, where one item has to have all', async () => {
    const policy = { items: { id: ['a'], open: [true] } };

    expect(await passes({ tags: ['sale'] }, { tags: ['new', ['sale']] })).toBe(true);
    expect(await passes(policy, { items: [{ id: 'b' }, { id: 'a', open: true }] })).toBe(true);
    expect(await passes(policy, { items: [{ id: 'a' }, { id: 'b', open: true }] })).toBe(false);
  });

  // https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html#or-operator
  it('takes $or at any depth, and names and nesting alike', async () => {
    const policy = { order: { $or: [{ way: ['direct'] }, { price: [{ numeric: ['<', 5] }] }] } };

    expect(await passes(policy, { order: { way: 'queued', price: 3 } })).toBe(true);
    expect(await passes(policy, { order: { way: 'queued', price: 7 } })).toBe(false);
    expect(await passes({ 'order.way': ['direct'] }, { order: { way: 'direct' } })).toBe(true);
  });
});

// Recorded from AWS: https://github.com/localstack/localstack/blob/v4.14.0/localstack-core/localstack/services/sns/filter.py
describe('SNS refuses a filter policy', () => {
  it.each([
    ['with a rule that is not known', { a: [{ wild: 'x' }] }],
    ['with an empty list', { a: [] }],
    ['with a value that is neither a list nor an object', { a: 'x' }],
    ['that is nested, over message attributes', { a: { b: ['x'] } }],
    ['whose range has no room', { a: [{ numeric: ['>', 5, '<', 3] }] }],
    ['of more than five keys', { a: ['x'], b: ['x'], c: ['x'], d: ['x'], e: ['x'], f: ['x'] }],
  ])('%s', async (_name, policy) => {
    const subscription = subscribed(
      'inbox',
      { FilterPolicy: JSON.stringify(policy) },
      async () => {},
    );

    await expect(subscription).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
describe('a message to a topic', () => {
  it('with MessageStructure "json" gives each protocol its own text, else the default', async () => {
    const structure = { MessageStructure: 'json' };
    await subscribed('inbox', {}, () =>
      subscribed('sns-to-reader', { RawMessageDelivery: 'false' }, async () => {
        const texts = { default: 'for all', sqs: 'for queues' };
        await publish({ ...structure, Message: JSON.stringify(texts) });
        const Message = JSON.stringify({ default: 'for all', lambda: 'for functions' });
        const entries = [{ Id: 'a', ...structure, Message }];
        await clients.sns.send(
          new PublishBatchCommand({ TopicArn: TOPIC, PublishBatchRequestEntries: entries }),
        );
      }),
    );
    const toFunction = (await taken('sns-to-reader')).map(({ Body = '' }) => JSON.parse(Body));

    expect((await taken('inbox')).map(({ Body }) => Body)).toEqual(['for queues', 'for all']);
    expect(toFunction.map(({ Message }) => Message)).toEqual(['for all', 'for functions']);
    await expect(publish({ ...structure, Message: '{"sqs":"x"}' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  // https://docs.aws.amazon.com/sns/latest/dg/sns-fifo-message-grouping.html
  it('keeps its group on the way to a queue', async () => {
    await subscribed('inbox', {}, () => publish({ Message: 'x', MessageGroupId: 'shop' }));

    const [message] = await taken('inbox');
    expect(message?.Attributes?.MessageGroupId).toBe('shop');
  });

  it('fails alone in its batch', async () => {
    const { Successful, Failed } = await clients.sns.send(
      new PublishBatchCommand({
        TopicArn: TOPIC,
        PublishBatchRequestEntries: [
          { Id: 'a', Message: 'x' },
          { Id: 'b', Message: '{}', MessageStructure: 'json' },
        ],
      }),
    );

    expect(Successful?.map(({ Id }) => Id)).toEqual(['a']);
    expect(Failed?.map(({ Id, Code }) => [Id, Code])).toEqual([['b', 'InvalidParameter']]);
  });
});

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
describe('a message to a queue', () => {
  const trace = 'Root=1-6893a2b4-aaaabbbbccccddddeeeeffff;Parent=0123456789abcdef;Sampled=1';
  const system = { AWSTraceHeader: { DataType: 'String', StringValue: trace } };

  it('keeps its trace header and its group, alone and in a batch, and an emoji', async () => {
    const QueueUrl = `${await endpoint()}000000000000/inbox`;
    const sent = { MessageBody: '🎉', MessageSystemAttributes: system, MessageGroupId: 'shop' };
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, ...sent }));
    const Entries = [{ Id: '1', ...sent, MessageGroupId: 'other' }];
    await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

    const messages = await taken('inbox');
    expect(messages.map(({ Body }) => Body)).toEqual(['🎉', '🎉']);
    expect(messages.map(({ Attributes }) => Attributes?.AWSTraceHeader)).toEqual([trace, trace]);
    expect(messages.map(({ Attributes }) => Attributes?.MessageGroupId)).toEqual(['shop', 'other']);
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
  it('says in a dead-letter queue which queue it comes from', async () => {
    await createQueue({ name: 'dead', attributes: {} }, clients.sqs);
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: queueArn('dead'),
      maxReceiveCount: '1',
    });
    const attributes = { RedrivePolicy, VisibilityTimeout: '0' };
    const QueueUrl = await createQueue({ name: 'source', attributes }, clients.sqs);
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    for (const _ of [1, 2]) await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl }));

    const [message] = await taken('dead');
    expect(message?.Attributes?.DeadLetterQueueSourceArn).toBe(queueArn('source'));
  });

  // https://github.com/boto/botocore/blob/develop/botocore/data/sqs/2012-11-05/service-2.json
  it('is refused with the code of the query protocol beside that of JSON', async () => {
    const QueueUrl = `${await endpoint()}000000000000/inbox`;
    const noEntry = clients.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] }));
    const wrong = { QueueName: 'x', Attributes: { DelaySeconds: '901' } };

    await expect(noEntry).rejects.toMatchObject({
      name: 'EmptyBatchRequest',
      Code: 'AWS.SimpleQueueService.EmptyBatchRequest',
    });
    await expect(clients.sqs.send(new CreateQueueCommand(wrong))).rejects.toMatchObject({
      Code: 'InvalidAttributeValue',
    });
  });
});
