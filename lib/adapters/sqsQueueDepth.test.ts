import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sqsQueueDepth } from './sqsQueueDepth.ts';

const QUEUE_URL = 'http://queue/orders';

describe('The depth of a queue', () => {
  let requests: IncomingMessage[];
  let answer: (response: ServerResponse) => void;
  let nowMs: number;
  let giveUp: () => void;
  let waits: number[];
  let faults: unknown[];
  let queue: ReturnType<typeof sqsQueueDepth>;
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume().once('end', () => answer(response));
  });
  const tell = (attributes: object) => (response: ServerResponse) =>
    response.end(JSON.stringify({ Attributes: attributes }));

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => {
    requests = [];
    faults = [];
    waits = [];
    nowMs = 0;
    answer = tell({
      ApproximateNumberOfMessages: '12',
      ApproximateNumberOfMessagesNotVisible: '10',
    });
    queue = sqsQueueDepth({
      access: {
        region: 'us-east-1',
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        credentials: { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: undefined },
      },
      queueUrl: QUEUE_URL,
      clock: {
        now: () => nowMs,
        sleep: () => Promise.resolve(),
        after: (afterMs, callback) => {
          waits.push(afterMs);
          giveUp = callback;
          return () => {};
        },
      },
      onFault: (error) => faults.push(error),
    });
  });
  afterEach(() => queue.destroy());
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is asked for once a second at most', async () => {
    expect(await Promise.all([queue.read(), queue.read()])).toEqual([
      { waiting: 12, inHand: 10 },
      { waiting: 12, inHand: 10 },
    ]);
    expect(requests).toMatchObject([
      { headers: { 'x-amz-target': 'AmazonSQS.GetQueueAttributes' } },
    ]);

    nowMs = 999;
    await queue.read();
    expect(requests).toHaveLength(1);
    nowMs = 1000;
    await queue.read();
    expect(requests).toHaveLength(2);
  });

  it.each([
    [
      'refuses',
      (response: ServerResponse) => response.writeHead(403).end('{"__type":"AccessDenied"}'),
    ],
    ['leaves a number out', tell({ ApproximateNumberOfMessages: '12' })],
  ])('is not known where SQS %s, and the fault is told', async (_, refuse) => {
    answer = refuse;

    expect(await queue.read()).toBeUndefined();
    expect(faults).toHaveLength(1);
  });

  it('is for a while the last one that was told, where SQS answers no more', async () => {
    await queue.read();
    answer = (response) => response.writeHead(503).end();

    nowMs = 5000;
    expect(await queue.read()).toEqual({ waiting: 12, inHand: 10 });
    nowMs = 6001;
    expect(await queue.read()).toBeUndefined();
    expect(faults).toHaveLength(2);
  });

  it('is not waited for where SQS does not answer', async () => {
    const arrived = Promise.withResolvers<void>();
    answer = () => arrived.resolve();
    const depth = queue.read();
    await arrived.promise;
    giveUp();

    expect(await depth).toBeUndefined();
  });

  it('is waited for longer where none was told yet, and holds for the next one where it comes late', async () => {
    const arrived = Promise.withResolvers<ServerResponse>();
    answer = arrived.resolve;
    const depth = queue.read();
    const response = await arrived.promise;
    giveUp();
    await depth;

    nowMs = 200;
    const later = queue.read();
    tell({ ApproximateNumberOfMessages: '7', ApproximateNumberOfMessagesNotVisible: '0' })(
      response,
    );
    expect(await later).toEqual({ waiting: 7, inHand: 0 });
    expect([waits, requests.length, faults.length]).toEqual([[1000, 100], 1, 1]);
  });
});
