import { NothingStored, OrderError } from './errors.ts';
import { isRevivable, type Order } from './order.ts';
import type { OrderStore, Report } from './ports.ts';

export interface StoringDeps {
  store: OrderStore;
  report: Report;
}

export interface TakenOrder {
  order: Order;
  /** Whether this request took the order; otherwise it repeats an earlier one. */
  isNew: boolean;
}

export const NOT_TAKEN_RETRY_SECONDS = 2;
/** Of a row that stands for a request nobody heard of again: it says that its order was never taken. */
export const UNKNOWN_REQUEST = '';

/**
 * The first step of both POST routes: stores the order, or finds the one that an earlier request with the same key made. An order that was cancelled
 * because it could not be taken is taken again under its next revision.
 */
export async function storeOnce(deps: StoringDeps, order: Order): Promise<TakenOrder> {
  const standing = await createOrSeal(deps, order);
  if (isOwn(standing, order)) return accepted(deps, order);
  const repeat = repeatOf(deps, order, standing);
  if (repeat !== undefined) return repeat;
  const next = { ...order, revision: standing.revision + 1, created_at: standing.created_at };
  const revived = await deps.store.revive(next).catch((cause) => {
    throw cause instanceof NothingStored ? notTaken(order, cause) : outcomeUnknown(order, cause);
  });
  return isOwn(revived, next) ? accepted(deps, next) : replayed(deps, revived);
}

/** What a request finds that repeats another: its order; nothing where that has to be taken anew. Throws where it asks for something else. */
export function repeatOf(deps: StoringDeps, order: Order, standing: Order): TakenOrder | undefined {
  if (standing.request_hash !== order.request_hash && standing.request_hash !== UNKNOWN_REQUEST) {
    const detail = 'the key was used for another order or another way';
    throw new OrderError('key_reused', detail, {
      orderId: order.order_id,
      faults: [{ header: 'idempotency-key', detail }],
    });
  }
  return isRevivable(standing) ? undefined : replayed(deps, standing);
}

/**
 * When the write fails and was not turned away, it may still arrive at the table later, and the sweeper would find the order and have it
 * paid. So a cancelled order is put in its place, on the same condition: of the two writes exactly one wins.
 */
async function createOrSeal(deps: StoringDeps, order: Order): Promise<Order> {
  try {
    return await deps.store.create(order);
  } catch (cause) {
    if (cause instanceof OrderError) throw cause;
    if (cause instanceof NothingStored) throw notTaken(order, cause);
    const seal = sealOf(order);
    const standing = await deps.store.create(seal).catch(() => {
      throw outcomeUnknown(order, cause);
    });
    if (!isOwn(standing, seal)) return standing;
    deps.report({ type: 'accepted', order });
    deps.report({ type: 'ended', order: seal, at_ms: Date.parse(order.accepted_at) });
    throw notTaken(order, cause);
  }
}

function sealOf(order: Order): Order {
  const { open_shard: _, sweep_at: __, lease_until: ___, ...closed } = order;
  return {
    ...closed,
    attempt_id: `${order.attempt_id}.seal`,
    status: 'cancelled',
    cancel_reason: 'storage_failed',
  };
}

function accepted({ report }: StoringDeps, order: Order): TakenOrder {
  report({ type: 'accepted', order });
  return { order, isNew: true };
}

function replayed({ report }: StoringDeps, order: Order): TakenOrder {
  report({ type: 'replayed', order });
  return { order, isNew: false };
}

const isOwn = (standing: Order, order: Order) => standing.attempt_id === order.attempt_id;

/** Nothing was charged and nothing will be. */
export const notTaken = (order: Order, cause?: unknown): OrderError =>
  new OrderError('not_taken', 'the order could not be taken', {
    order,
    cause,
    retryAfterSeconds: NOT_TAKEN_RETRY_SECONDS,
  });

export const outcomeUnknown = (order: Order, cause?: unknown): OrderError =>
  new OrderError('outcome_unknown', 'whether the order was taken is not known', { order, cause });
