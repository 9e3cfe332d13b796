import { once } from 'node:events';
import { connect } from 'node:net';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EmulatorThread, messagingThread, tablesThread } from './emulatorThread.ts';

const CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
};

describe('The tables', () => {
  const thread: EmulatorThread = tablesThread(undefined);
  let url: string;
  let dynamodb: DynamoDBClient;

  beforeAll(async () => {
    url = await thread.start();
    dynamodb = new DynamoDBClient({ ...CLIENT, endpoint: url });
    await dynamodb.send(
      new CreateTableCommand({
        TableName: 'orders',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
  });

  afterAll(async () => {
    dynamodb.destroy();
    await thread.stop();
  });

  const deep = `{"TableName":"orders","Item":${'{"L":['.repeat(1500)}${']}'.repeat(1500)}}`;
  it.each([
    ['CreateTable', 'null'],
    ['BatchGetItem', '{"RequestItems":{"orders":{"Keys":[{"id":null}]}}}'],
    ['PutItem', '{"TableName":"orders","Item":{"id":{"S":"1"},"list":{"L":[null]}}}'],
    ['UpdateItem', '{"TableName":"orders","Key":{"id":{"S":"1"}},"AttributeUpdates":{"a":null}}'],
    [
      'TagResource',
      '{"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders","Tags":[{"Key":"a"}]}',
    ],
    ['PutItem', deep],
  ])('refuse %s of a shape that DynamoDB refuses, and live on', async (action, body) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${action}`,
        'x-amz-date': '20261127T000000Z',
        authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=f',
      },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/SerializationException|ValidationException/);
    expect((await dynamodb.send(new ListTablesCommand())).TableNames).toEqual(['orders']);
  });

  it('outlive a body that breaks off', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"Tab');
    socket.resetAndDestroy();
    await once(socket, 'close');

    expect((await dynamodb.send(new ListTablesCommand())).TableNames).toEqual(['orders']);
  });
});

describe('The queues', () => {
  const thread: EmulatorThread = messagingThread('us-east-1', undefined);
  let url: string;
  let sqs: SQSClient;

  beforeAll(async () => {
    url = await thread.start();
    sqs = new SQSClient({ ...CLIENT, endpoint: url });
    await sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
  });

  afterAll(async () => {
    sqs.destroy();
    await thread.stop();
  });

  it.each([
    ['SendMessage', 'null'],
    ['SendMessage', '{"QueueUrl":{}}'],
    ['SendMessage', '{"QueueUrl":"http://localhost/000000000000/orders","MessageBody":5}'],
    ['ReceiveMessage', '{"QueueUrl":"http://localhost/000000000000/orders","AttributeNames":1}'],
  ])('refuse %s of %s as AWS does', async (action, body) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${action}`,
      },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ __type: 'SerializationException' });
    expect((await sqs.send(new ListQueuesCommand())).QueueUrls).toHaveLength(1);
  });
});

it('Neither lets pages of other origins in', async () => {
  const threads = [tablesThread(undefined), messagingThread('us-east-1', undefined)];
  try {
    for (const thread of threads) {
      const url = await thread.start();
      const read = await fetch(url, { headers: { origin: 'http://evil.example' } });
      expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()));
  }
});
