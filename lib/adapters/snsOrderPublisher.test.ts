import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import aws4 from 'aws4';
import { FakeClock } from '../testing/fakeClock.ts';
import { anAsyncOrder } from '../testing/world.ts';
import { snsClient } from './snsClient.ts';
import { snsOrderPublisher } from './snsOrderPublisher.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:orders';
const PUBLISHED =
  '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';
const DENIED =
  '<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code>' +
  '<Message>not to this topic</Message></Error></ErrorResponse>';
const access = {
  ...{ region: 'us-east-1', endpoint: 'http://127.0.0.1:1' },
  credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: undefined },
};
let server: Server | undefined;

const publisher = (topicArn: string | undefined) =>
  snsOrderPublisher(snsClient(access), topicArn, new FakeClock());

async function listen(listener: RequestListener): Promise<void> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  access.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe('publishing an order', () => {
  it('sends what points to the order, and its way as an attribute', async () => {
    const bodies: URLSearchParams[] = [];
    await listen(async (request, response) => {
      bodies.push(new URLSearchParams(Buffer.concat(await request.toArray()).toString()));
      response.end(PUBLISHED);
    });
    const order = anAsyncOrder({ way: 'direct' });

    await publisher(TOPIC).publish(order);

    expect(bodies).toHaveLength(1);
    expect(bodies[0]?.get('TopicArn')).toBe(TOPIC);
    expect(bodies[0]?.get('MessageAttributes.entry.1.Name')).toBe('way');
    expect(bodies[0]?.get('MessageAttributes.entry.1.Value.StringValue')).toBe('direct');
    expect(JSON.parse(bodies[0]?.get('Message') ?? '')).toEqual({
      version: 1,
      order_id: order.order_id,
      way: 'direct',
      sent_at: '2026-11-27T12:00:00.000Z',
    });
  });

  it('signs each attempt as another implementation does', async () => {
    const signatures: (string | undefined)[][] = [];
    await listen(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const { authorization, ...headers } = request.headers as Record<string, string>;
      const names = authorization?.match(/SignedHeaders=([^,]+)/)?.[1]?.split(';') ?? [];
      const signed = Object.fromEntries(names.map((name) => [name, headers[name] ?? '']));
      // It signs the length as well, unless it is told not to; its types do not know that.
      const unsigned = { extraHeadersToIgnore: { 'content-length': true } };
      const about = { ...{ service: 'sns', region: 'us-east-1', method: 'POST', path: '/' }, body };
      const other = aws4.sign(Object.assign(about, unsigned, { headers: signed }), {
        ...{ accessKeyId: 'test', secretAccessKey: 'test' },
      });
      signatures.push([authorization, String(other.headers?.Authorization)]);
      response.writeHead(signatures.length === 1 ? 503 : 200).end(PUBLISHED);
    });

    await publisher(TOPIC).publish(anAsyncOrder());

    expect(signatures).toHaveLength(2);
    for (const [sent, other] of signatures) expect(sent).toBe(other);
  });

  it('does not read what SNS says of a message that it has taken', async () => {
    await listen((_request, response) => response.end('<no XML'));

    await expect(publisher(TOPIC).publish(anAsyncOrder())).resolves.toBeUndefined();
  });

  it('fails at once, with the words of SNS, when trying again would not help', async () => {
    let attempts = 0;
    await listen((_request, response) => {
      attempts += 1;
      response.writeHead(403).end(DENIED);
    });

    await expect(publisher(TOPIC).publish(anAsyncOrder())).rejects.toMatchObject({
      ...{ name: 'AuthorizationErrorException', message: 'not to this topic' },
    });
    expect(attempts).toBe(1);
  });

  it('gives up on a topic that never answers, after two attempts', async () => {
    let attempts = 0;
    await listen(() => {
      attempts += 1;
    });
    const startedAt = Date.now();

    await expect(publisher(TOPIC).publish(anAsyncOrder())).rejects.toThrow();

    expect(attempts).toBe(2);
    expect(Date.now() - startedAt).toBeLessThan(4_000);
  });

  it('fails without a topic', async () => {
    await expect(publisher(undefined).publish(anAsyncOrder())).rejects.toThrow(
      'SNS_TOPIC_ARN is not set',
    );
  });
});
