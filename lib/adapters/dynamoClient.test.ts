import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type DynamoClient, dynamoClient } from './dynamoClient.ts';
import { wasRefused } from './retries.ts';

type Answer = (response: ServerResponse) => void;

const refusal =
  (status: number, name: string): Answer =>
  (response) =>
    response
      .writeHead(status)
      .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'why' }));
const throttle = refusal(400, 'ProvisionedThroughputExceededException');
const failure = refusal(500, 'InternalServerError');
const done: Answer = (response) => response.end('{}');
const hangUp: Answer = (response) => response.destroy();
const breakOff: Answer = (response) => {
  response.writeHead(200, { 'content-length': '100' }).write('{"Item"');
  setImmediate(() => response.destroy());
};
const noJson: Answer = (response) => response.writeHead(502).end('<html>');

describe('a call of DynamoDB', () => {
  let answers: Answer[] = [];
  let requests: IncomingMessage[] = [];
  let client: DynamoClient;
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume().once('end', () => (answers.shift() ?? done)(response));
  });

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/path`;
    const credentials = { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'session' };
    client = dynamoClient({ region: 'us-east-1', endpoint, credentials });
  });
  beforeEach(() => {
    requests = [];
  });
  afterAll(() => {
    client.destroy();
    server.close();
  });

  const call = (...meeting: Answer[]) => {
    answers = meeting;
    return client.call('GetItem', { TableName: 'orders', Key: { id: { S: '1' } } });
  };

  it('is one signed request that names what it asks for', async () => {
    expect(await call(done)).toEqual({});

    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/some/path' });
    expect(requests[0]?.headers).toMatchObject({
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      'x-amz-security-token': 'session',
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/us-east-1\//),
    });
  });

  it.each([
    ['is turned away for load', throttle],
    ['fails in the service', failure],
    ['meets a connection that is closed', hangUp],
    ['gets an answer that breaks off', breakOff],
    ['gets an error that is not JSON', noJson],
  ])('is tried once more when it %s', async (_, answer) => {
    expect(await call(answer)).toEqual({});
    expect(requests).toHaveLength(2);
  });

  it('fails at once, by its name, when trying again would not help', async () => {
    await expect(call(refusal(400, 'ConditionalCheckFailedException'))).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      message: 'why',
    });
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['both attempts were turned away', [throttle, throttle], true],
    ['one of them may have been done', [failure, throttle], false],
    ['it failed for another reason', [failure, failure], false],
    ['there was nothing to turn away', [refusal(400, 'ValidationException')], false],
  ])('says whether nothing of it was done: %s', async (_, meeting, expected) => {
    const error = await call(...meeting).catch((thrown) => thrown);

    expect(error).toBeInstanceOf(Error);
    expect(wasRefused(error)).toBe(expected);
    expect(requests).toHaveLength(meeting.length);
  });

  it('is given up when no answer comes in time', async () => {
    const silent: Answer = () => {};

    await expect(call(silent, silent)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(requests).toHaveLength(2);
  });
});
