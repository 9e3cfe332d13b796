import { OrderError } from '../lib/domain/errors.ts';
import type { Order } from '../lib/domain/order.ts';
import { orderFromRequest } from '../lib/domain/orderFromRequest.ts';
import { type TakeSyncDeps, takeSyncOrder } from '../lib/domain/takeSyncOrder.ts';
import { orderSyncRules, readConfig } from '../lib/platform/config.ts';
import { type HttpResponse, orderStack } from '../lib/platform/httpStack.ts';
import type { JsonRequest } from '../lib/platform/jsonBody.ts';
import {
  locationOf,
  onlyWay,
  orderResponse,
  REPLAYED,
  readOrderRequest,
} from '../lib/platform/orderHttp.ts';
import { problemResponse } from '../lib/platform/problems.ts';
import { payingDeps } from '../lib/wiring.ts';

interface OrderSyncDeps extends TakeSyncDeps {
  salt: string;
  leaseMs: number;
}

/** POST /orders/sync: takes an order and pays it while the buyer waits. */
export const createOrderSync =
  (deps: OrderSyncDeps) =>
  async (event: JsonRequest): Promise<HttpResponse> => {
    const asked = readOrderRequest(event, onlyWay(event, 'sync'));
    if (await deps.breaker?.isOpen())
      throw new OrderError('provider_down', 'the payment provider is down', {
        retryAfterSeconds: 60,
      });
    const nowMs = deps.clock.now();
    const leaseUntilMs = nowMs + deps.leaseMs;
    const { salt } = deps;
    const order = orderFromRequest({
      ...asked,
      salt,
      nowMs,
      leaseUntilMs,
      sweepAtMs: leaseUntilMs,
    });
    const taken = await takeSyncOrder(deps, order);
    const response = respond(taken.order);
    return taken.isNew ? response : { ...response, headers: { ...response.headers, ...REPLAYED } };
  };

function respond(order: Order): HttpResponse {
  if (order.status === 'completed') return orderResponse(200, order, locationOf(order));
  const isDeclined = order.status === 'declined';
  return problemResponse(
    isDeclined
      ? new OrderError('payment_declined', `the payment was declined: ${order.decline_reason}`, {
          order,
        })
      : new OrderError('order_cancelled', `the order was cancelled: ${order.cancel_reason}`, {
          order,
        }),
  );
}

function liveDeps(): OrderSyncDeps {
  const config = readConfig(orderSyncRules());
  return {
    ...payingDeps(config),
    retryAfterSeconds: Math.max(1, config.PAYMENT_SECONDS),
    salt: config.ORDER_ID_SALT,
    leaseMs: config.SYNC_LEASE_SECONDS * 1000,
  };
}

export const handler = orderStack(createOrderSync(liveDeps()), () => 'sync');
