import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { useEndpoints } from '../testing/environment.ts';
import { FakeClock } from '../testing/fakeClock.ts';
import { anAsyncOrder } from '../testing/world.ts';
import { snsOrderPublisher } from './snsOrderPublisher.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:orders';
let server: Server | undefined;

async function listen(listener: RequestListener): Promise<void> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  useEndpoints({ sns: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
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
      response.end(
        '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
      );
    });
    const order = anAsyncOrder({ way: 'direct' });

    await snsOrderPublisher(TOPIC, new FakeClock()).publish(order);

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

  it('gives up on a topic that never answers, after two attempts', async () => {
    let attempts = 0;
    await listen(() => {
      attempts += 1;
    });
    const startedAt = Date.now();

    await expect(
      snsOrderPublisher(TOPIC, new FakeClock()).publish(anAsyncOrder()),
    ).rejects.toThrow();

    expect(attempts).toBe(2);
    expect(Date.now() - startedAt).toBeLessThan(4_000);
  });

  it('fails without a topic', async () => {
    await expect(
      snsOrderPublisher(undefined, new FakeClock()).publish(anAsyncOrder()),
    ).rejects.toThrow('SNS_TOPIC_ARN is not set');
  });
});
