import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { dynamoClient } from '../lib/adapters/dynamoClient.ts';
import { dynamoOrderStore } from '../lib/adapters/dynamoOrderStore.ts';
import { isFinal, isOrderId, type Order } from '../lib/domain/order.ts';
import type { Clock, OrderStore } from '../lib/domain/ports.ts';
import { awsAccess } from '../lib/platform/awsAccess.ts';
import { systemClock } from '../lib/platform/clock.ts';
import { orderStatusRules, readConfig } from '../lib/platform/config.ts';
import { type HttpResponse, httpStack } from '../lib/platform/httpStack.ts';
import { noSuchOrder, orderResponse, pollAfter } from '../lib/platform/orderHttp.ts';
import { type LineNow, lineNow } from '../lib/waitWiring.ts';

interface Deps {
  store: Pick<OrderStore, 'get' | 'getLagging'>;
  clock: Pick<Clock, 'now'>;
  lineNow: LineNow;
}

/** GET /orders/{order_id}: the order as it stands now; never 404 for one that was answered 202. */
export const createOrderStatus =
  ({ store, clock, lineNow }: Deps) =>
  async (event: APIGatewayProxyEventV2): Promise<HttpResponse> => {
    const orderId = event.pathParameters?.order_id ?? '';
    const order = isOrderId(orderId) ? await find(store, orderId) : undefined;
    if (order === undefined) throw noSuchOrder(orderId);
    if (order.status !== 'pending') return orderResponse(200, order);
    const line = await lineNow(order.way);
    return orderResponse(200, order, pollAfter(order, clock.now(), line));
  };

/** A final state stays, so a read that lags is believed when it shows one: most look-ups come after the end. */
async function find(store: Deps['store'], orderId: string): Promise<Order | undefined> {
  const seen = await store.getLagging(orderId);
  return seen !== undefined && isFinal(seen) ? seen : store.get(orderId);
}

function liveDeps(): Deps {
  const config = readConfig(orderStatusRules());
  return {
    store: dynamoOrderStore(dynamoClient(awsAccess('dynamodb')), config.ORDERS_TABLE),
    clock: systemClock,
    lineNow: lineNow(config),
  };
}

export const handler = httpStack(createOrderStatus(liveDeps()));
