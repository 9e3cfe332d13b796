import assert from 'node:assert/strict';
import { order } from '../journeys/client.ts';
import type { Checks } from './checks.ts';
import { httpEvent, orderMessage, queueEvent, topicEvent } from './events.ts';

/** A stage whose functions the framework can invoke. */
export interface Invocable {
  readonly stage: string;
  invoke(key: string, event: unknown): Promise<unknown>;
}

interface HttpAnswer {
  statusCode: number;
  body: string;
}

/** `sls invoke` of every function, each with an event as its own trigger would send it. */
export async function checkInvocations(checks: Checks, deployment: Invocable): Promise<void> {
  const http = async (key: string, event: unknown) => {
    const { statusCode, body } = (await deployment.invoke(key, event)) as HttpAnswer;
    return { statusCode, body: JSON.parse(body) as Record<string, unknown> };
  };
  let orderId = '';

  await checks.run('sls invoke health: 200, the service and its stage', async () => {
    const { statusCode, body } = await http('health', httpEvent('GET', '/health'));
    assert.equal(statusCode, 200);
    assert.partialDeepStrictEqual(body, { status: 'ok', stage: deployment.stage });
  });
  await checks.run('sls invoke orderSync: 200, a completed order', async () => {
    const { statusCode, body } = await http(
      'orderSync',
      httpEvent('POST', '/orders/sync', order()),
    );
    assert.equal(statusCode, 200);
    assert.partialDeepStrictEqual(body, { status: 'completed', way: 'sync' });
    orderId = String(body.order_id);
  });
  await checks.run('sls invoke orderAsync: 202, a pending order', async () => {
    const { statusCode, body } = await http(
      'orderAsync',
      httpEvent('POST', '/orders/async', order()),
    );
    assert.equal(statusCode, 202);
    assert.partialDeepStrictEqual(body, { status: 'pending', way: 'queued' });
  });
  await checks.run('sls invoke orderStatus: 200, the order that was paid', async () => {
    const event = httpEvent('GET', `/orders/${orderId}`);
    const { statusCode, body } = await http('orderStatus', {
      ...event,
      pathParameters: { order_id: orderId },
    });
    assert.equal(statusCode, 200);
    assert.partialDeepStrictEqual(body, { order_id: orderId, status: 'completed' });
  });
  await checks.run('sls invoke queueWorker: hands back the poison record alone', async () => {
    const answer = await deployment.invoke(
      'queueWorker',
      queueEvent([orderMessage(orderId), 'poison']),
    );
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'message-1' }] });
  });
  await checks.run('sls invoke topicProcessor: done with an order that is final', async () => {
    assert.equal(
      await deployment.invoke('topicProcessor', topicEvent(orderMessage(orderId))),
      null,
    );
  });
  await checks.run('sls invoke orderSweeper: a run that ends well', async () => {
    assert.equal(await deployment.invoke('orderSweeper', { source: 'aws.events' }), null);
  });
}
