import type { AsyncWay, Order } from '../../lib/domain/order.ts';
import { orderMessage } from '../../lib/domain/orderMessage.ts';
import { anAsyncOrder } from '../../lib/testing/world.ts';
import { order } from '../journeys/client.ts';

/** Puts an order into the table that the functions read. */
type Put = (order: Order) => Promise<unknown>;

/** As API Gateway hands it over. */
function httpEvent(method: string, path: string, more: object = {}): object {
  return {
    ...{ version: '2.0', routeKey: `${method} ${path}`, rawPath: path, rawQueryString: '' },
    ...{ headers: {}, requestContext: { http: { method, path } }, isBase64Encoded: false },
    ...more,
  };
}

const withBody = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(order()) };

/**
 * On the direct way an order takes two calls, as those of a bare handler: the queued way asks for its queue's depth as
 * well, once a second.
 */
export const INTAKE_EVENT = httpEvent('POST', '/orders/async', {
  ...{ rawQueryString: 'way=direct', queryStringParameters: { way: 'direct' } },
  ...withBody,
});

export const HEALTH_EVENT = httpEvent('GET', '/health');

/** What each other function does most of the time, each time for an order of its own. */
export const firstEvents: Record<string, (put: Put) => Promise<object>> = {
  orderSync: async () => httpEvent('POST', '/orders/sync', withBody),
  orderStatus: async (put) => ofOrder('GET', await stored(put, 'direct')),
  orderCancel: async (put) => ofOrder('DELETE', await stored(put, 'direct')),
  queueWorker: async (put) => ({
    Records: [{ messageId: '1', body: messageOf(await stored(put, 'queued')) }],
  }),
  topicProcessor: async (put) => ({
    Records: [{ Sns: { Message: messageOf(await stored(put, 'direct')) } }],
  }),
  orderSweeper: async () => ({}),
};

/** Pending, and not due for the sweeper. */
async function stored(put: Put, way: AsyncWay) {
  const nowMs = Date.now();
  const taken = anAsyncOrder({ way, nowMs, sweepAtMs: nowMs + 3_600_000 });
  await put(taken);
  return taken;
}

const ofOrder = (method: string, { order_id }: Order): object =>
  httpEvent(method, `/orders/${order_id}`, { pathParameters: { order_id } });

const messageOf = (taken: ReturnType<typeof anAsyncOrder>): string =>
  JSON.stringify(orderMessage(taken, taken.accepted_at));
