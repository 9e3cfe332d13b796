import { OrderError } from './errors.ts';
import { isRevivable, type Order, type PublicOrder, toIso } from './order.ts';
import { expectedWaitMs, lineOf } from './orderWait.ts';
import type { OrderStore } from './ports.ts';

/** What a buyer is told of an order's end as it is accepted, and whenever it is looked up. */
export interface OrderPromise {
  /** 1 is the next that a worker takes. */
  place_in_line: number;
  earliest: string;
  latest: string;
}

/** What a buyer sees of an order. */
export interface ShownOrder extends PublicOrder {
  promise?: OrderPromise;
}

type Promised = Pick<Order, 'way' | 'accepted_at' | 'expected_at' | 'ahead'>;

/** A fifth of the wait each way, and what a depth that is a second old and an uneven batch may add. */
const SHARE = 0.2;
const SOONER_MS = 1_000;
const LATER_MS = 3_000;

const latestMs = (waitMs: number): number => (1 + SHARE) * waitMs + LATER_MS;

/** None where it was not known what waited before the order: nobody tells how many events of the direct way do. */
export function promiseOf(order: Promised): OrderPromise | undefined {
  const { way, accepted_at, expected_at, ahead } = order;
  if (way !== 'queued' || expected_at === undefined || ahead === undefined) return undefined;
  const acceptedMs = Date.parse(accepted_at);
  const waitMs = Date.parse(expected_at) - acceptedMs;
  return {
    place_in_line: ahead + 1,
    earliest: toIso(acceptedMs + Math.max(0, (1 - SHARE) * waitMs - SOONER_MS)),
    latest: toIso(acceptedMs + latestMs(waitMs)),
  };
}

/** Whether the end came when it was promised; undefined where nothing was promised, or the buyer called the order off. */
export function isPromiseKept(order: Order, endedAtMs: number): boolean | undefined {
  const promise = promiseOf(order);
  if (promise === undefined || order.cancel_reason === 'requested') return undefined;
  const isInTime =
    Date.parse(promise.earliest) <= endedAtMs && endedAtMs <= Date.parse(promise.latest);
  return isInTime && order.status !== 'cancelled';
}

/** What an order is promised that finds the queue empty. */
export const leastPromiseSeconds = (paymentSeconds: number): number => {
  const pace = { paymentMs: paymentSeconds * 1000, paymentsAtOnce: 1, paymentsPerWorker: 1 };
  return latestMs(expectedWaitMs(lineOf(pace))) / 1000;
};

export interface PromiseLimit {
  store: Pick<OrderStore, 'get'>;
  maxPromiseMs?: number | undefined;
}

/** Throws for a new order that would be promised a later end than the stage wants to promise. A repeat is answered all the same. */
export async function refuseTooLate(
  { store, maxPromiseMs = Number.POSITIVE_INFINITY }: PromiseLimit,
  order: Order,
  isKeyed: boolean,
): Promise<void> {
  const promise = promiseOf(order);
  if (promise === undefined) return;
  const overMs = Date.parse(promise.latest) - Date.parse(order.accepted_at) - maxPromiseMs;
  if (overMs <= 0) return;
  const standing = isKeyed ? await store.get(order.order_id) : undefined;
  if (standing !== undefined && !isRevivable(standing)) return;
  throw new OrderError('line_too_long', 'the line is too long', {
    retryAfterSeconds: overMs / 1000,
  });
}

/** The order without what is ours alone. */
export function publicView(order: Order): ShownOrder {
  const { order_id, customer_id, items, total_cents, way, status, created_at } = order;
  const promise = promiseOf(order);
  return {
    order_id,
    customer_id,
    items,
    total_cents,
    way,
    status,
    created_at,
    ...(promise && { promise }),
    ...(order.completed_at !== undefined && { completed_at: order.completed_at }),
    ...(order.payment_id !== undefined && { payment_id: order.payment_id }),
    ...(order.decline_reason !== undefined && { decline_reason: order.decline_reason }),
    ...(order.cancel_reason !== undefined && { cancel_reason: order.cancel_reason }),
  };
}
