import { snsClient } from '../lib/adapters/snsClient.ts';
import { snsOrderPublisher } from '../lib/adapters/snsOrderPublisher.ts';
import { OrderError } from '../lib/domain/errors.ts';
import type { AsyncWay } from '../lib/domain/order.ts';
import { orderFromRequest } from '../lib/domain/orderFromRequest.ts';
import { type PromiseLimit, refuseTooLate } from '../lib/domain/orderPromise.ts';
import { expectedWaitMs } from '../lib/domain/orderWait.ts';
import { REPUBLISH_AFTER_MS } from '../lib/domain/sweepOrders.ts';
import { type TakeAsyncDeps, takeAsyncOrder } from '../lib/domain/takeAsyncOrder.ts';
import { awsAccess } from '../lib/platform/awsAccess.ts';
import { orderAsyncRules, readConfig } from '../lib/platform/config.ts';
import { type HttpResponse, orderStack } from '../lib/platform/httpStack.ts';
import type { JsonRequest } from '../lib/platform/jsonBody.ts';
import {
  locationOf,
  orderResponse,
  pollAfter,
  REPLAYED,
  readOrderRequest,
  requestedWay,
} from '../lib/platform/orderHttp.ts';
import { type LineNow, lineNow } from '../lib/waitWiring.ts';
import { paymentDeps } from '../lib/wiring.ts';

interface OrderAsyncDeps extends TakeAsyncDeps, Pick<PromiseLimit, 'maxPromiseMs'> {
  defaultWay: AsyncWay;
  salt: string;
  sweepAfterMs: number;
  lineNow: LineNow;
  /** The variables that a way cannot be served without and that are not set. */
  missingFor(way: AsyncWay): string[];
}

/** POST /orders/async: takes an order for later. A 202 means that it will reach exactly one end. */
export const createOrderAsync =
  (deps: OrderAsyncDeps) =>
  async (event: JsonRequest): Promise<HttpResponse> => {
    const asked = readOrderRequest(event, requestedWay(event, deps.defaultWay));
    refuseUnconfigured(deps.missingFor(asked.way));
    const { salt, sweepAfterMs, clock } = deps;
    const line = await deps.lineNow(asked.way);
    const waitMs = expectedWaitMs(line);
    const nowMs = clock.now();
    const times = {
      ...{ nowMs, expected: { atMs: nowMs + waitMs, ahead: line.ahead } },
      sweepAtMs: nowMs + sweptInMs(waitMs, sweepAfterMs),
    };
    const order = orderFromRequest({ ...asked, salt, ...times });
    await refuseTooLate(deps, order, asked.idempotencyKey !== undefined);
    const taken = await takeAsyncOrder(deps, { ...order, way: asked.way });
    return orderResponse(202, taken.order, {
      ...locationOf(taken.order),
      ...(taken.order.status === 'pending' && pollAfter(taken.order, clock.now(), line)),
      ...(taken.isNew ? {} : REPLAYED),
    });
  };

/** Not while its message may wait in the queue, for up to the hour after which the sweeper comes back to every open order. */
const sweptInMs = (waitMs: number, sweepAfterMs: number): number =>
  Math.max(sweepAfterMs, Math.min(waitMs + sweepAfterMs, REPUBLISH_AFTER_MS));

function refuseUnconfigured(missing: string[]): void {
  if (missing.length === 0) return;
  const verb = missing.length === 1 ? 'is' : 'are';
  throw new OrderError('not_configured', `${missing.join(' and ')} ${verb} not set`, {
    retryAfterSeconds: 60,
  });
}

const config = readConfig(orderAsyncRules());

function liveDeps(): OrderAsyncDeps {
  const payment = paymentDeps(config);
  return {
    ...payment,
    publisher: snsOrderPublisher(snsClient(awsAccess('sns')), config.SNS_TOPIC_ARN, payment.clock),
    defaultWay: config.ASYNC_WAY,
    salt: config.ORDER_ID_SALT,
    sweepAfterMs: config.SWEEP_AFTER_SECONDS * 1000,
    maxPromiseMs: config.MAX_PROMISE_SECONDS && config.MAX_PROMISE_SECONDS * 1000,
    lineNow: lineNow(config),
    // A 202 promises a topic, and the queued way its queue.
    missingFor: (way) =>
      (['SNS_TOPIC_ARN', ...(way === 'queued' ? ['SQS_QUEUE_URL' as const] : [])] as const).filter(
        (name) => config[name] === undefined,
      ),
  };
}

export const handler = orderStack(createOrderAsync(liveDeps()), (event) => {
  const asked = requestedWay(event, config.ASYNC_WAY);
  return 'way' in asked ? asked.way : config.ASYNC_WAY;
});
