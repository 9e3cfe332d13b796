import { type AsyncOrder, OPEN_SHARDS, type Order, toIso } from './order.ts';
import type { PaymentDeps } from './payOrder.ts';
import type { OrderPublisher } from './ports.ts';
import { resolveOrder } from './resolveOrder.ts';

export interface SweepDeps extends PaymentDeps {
  publisher: OrderPublisher;
}

/** An order that honestly waits gets at most one more message an hour. */
const REPUBLISH_AFTER_MS = 3_600_000;
const RETRY_AFTER_MS = 60_000;
/** 8 shards of 64: at most 512 orders a run, the longest due first. */
const ORDERS_PER_SHARD = 64;
const PARALLEL = 16;

/** Brings on the open orders that nobody seems to see to any more, until the deadline at the latest. */
export async function sweepOrders(deps: SweepDeps, deadlineMs: number): Promise<void> {
  const dueBy = toIso(deps.clock.now());
  const found = await Promise.all(
    OPEN_SHARDS.map((shard) => deps.store.findDue(shard, dueBy, ORDERS_PER_SHARD)),
  );
  const due = found.flat().sort((a, b) => ((a.sweep_at ?? '') < (b.sweep_at ?? '') ? -1 : 1));
  deps.report({
    type: 'swept',
    due: due.length,
    oldest_age_ms: oldestAgeMs(due, deps.clock.now()),
  });
  for (let next = 0; next < due.length && deps.clock.now() < deadlineMs; next += PARALLEL) {
    await Promise.all(due.slice(next, next + PARALLEL).map((order) => sweep(deps, order)));
  }
}

/** The index lags behind the table: the claim is a condition on the table, and only its winner goes on. */
async function sweep(deps: SweepDeps, order: Order): Promise<void> {
  const { store, clock, report } = deps;
  try {
    const pauseMs = order.way === 'sync' ? RETRY_AFTER_MS : REPUBLISH_AFTER_MS;
    const claimed = toIso(clock.now() + pauseMs);
    if (!(await store.postpone(order, claimed))) return;
    const { way } = order;
    await (way === 'sync'
      ? resolve(deps, order)
      : republish(deps, { ...order, way, sweep_at: claimed }));
  } catch (error) {
    report({ type: 'sweepFailed', order, error });
  }
}

async function republish(deps: SweepDeps, order: AsyncOrder): Promise<void> {
  try {
    deps.report({ type: 'publishing', order });
    await deps.publisher.publish(order);
    deps.report({ type: 'republished', order });
  } catch (error) {
    await deps.store.postpone(order, toIso(deps.clock.now() + RETRY_AFTER_MS));
    throw error;
  }
}

async function resolve(deps: SweepDeps, order: Order): Promise<void> {
  const resolution = await resolveOrder(deps, order);
  if (resolution.order.status !== 'pending') {
    deps.report({ type: 'resolved', order: resolution.order });
  }
}

const oldestAgeMs = (orders: Order[], nowMs: number): number =>
  orders.reduce((oldest, order) => Math.max(oldest, nowMs - Date.parse(order.accepted_at)), 0);
