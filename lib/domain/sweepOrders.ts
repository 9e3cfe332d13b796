import { cancelLate, isLate } from './cancelOrder.ts';
import type { PaymentDeps } from './chargeOrder.ts';
import { endAbandonedOrder } from './endAbandonedOrder.ts';
import { errorText, OrderError } from './errors.ts';
import { type AsyncOrder, type DueOrder, OPEN_SHARDS, type Order, toIso } from './order.ts';
import type { OrderPublisher } from './ports.ts';
import { faultyIndexAttributes } from './storedRow.ts';

export interface SweepDeps extends PaymentDeps {
  publisher: OrderPublisher;
}

interface SweepPace {
  /** A claim outlives its run, whose function is killed after 50 s, and most are over when the next run begins. */
  claimMs: number;
  /** An order that waits in the queue gets at most one more message in this time. */
  republishAfterMs: number;
}

export const REPUBLISH_AFTER_MS = 3_600_000;
const PACE: SweepPace = { claimMs: 55_000, republishAfterMs: REPUBLISH_AFTER_MS };
/**
 * 64 shards of 2 pages of 64: at most 8,192 orders a run. An order takes 8 ms of CPU: with the share of a core that 256 MB
 * have, a run came to about 700, so the sweeper has a whole one.
 */
const PAGES_PER_SHARD = 2;
const PAGE_SIZE = 64;
const SHARDS_AT_ONCE = 8;
const PARALLEL_PER_SHARD = 2;
const FAULTS_NAMED = 10;

interface Run {
  pace: SweepPace;
  dueBy: string;
  deadlineMs: number;
  due: number;
  oldestAgeMs: number;
  /** What could not be read, of the index or in it. */
  faults: string[];
  /** What is missing or wrong in the rows that are not orders. */
  faultyAttributes: Set<string>;
}

/**
 * Brings on the open orders that nobody seems to see to any more, until the deadline at the latest. Whatever cannot be
 * read is passed over, and the run throws at its end.
 */
export async function sweepOrders(deps: SweepDeps, deadlineMs: number, pace = PACE): Promise<void> {
  const mayPay = (await deps.breaker?.probe(deps.payments)) ?? true;
  deps.report({ type: 'breakerSeen', is_open: !mayPay });
  // Whatever is due needs the provider.
  if (!mayPay) return;
  const dueBy = toIso(deps.clock.now());
  const run: Run = {
    pace,
    dueBy,
    deadlineMs,
    due: 0,
    oldestAgeMs: 0,
    faults: [],
    faultyAttributes: new Set(),
  };
  const shards = inTurn(OPEN_SHARDS, Math.floor(deps.clock.now() / 60_000));
  await Promise.all(
    Array.from({ length: SHARDS_AT_ONCE }, async () => {
      for (let shard = shards.pop(); shard !== undefined; shard = shards.pop())
        await sweepShard(deps, run, shard);
    }),
  );
  deps.report({ type: 'swept', due: run.due, oldest_age_ms: run.oldestAgeMs });
  if (run.faults.length === 0) return;
  const named = run.faults.slice(0, FAULTS_NAMED).join(', ');
  const why = [...run.faultyAttributes].join(', ');
  throw new Error(
    `${run.faults.length} could not be read: ${named}${why && ` (missing or wrong: ${why})`}`,
  );
}

/** From another place each time, so that a run that ends at its deadline has not always left out the same ones. */
const inTurn = (shards: string[], turn: number): string[] => {
  const start = (turn * SHARDS_AT_ONCE) % shards.length;
  return [...shards.slice(start), ...shards.slice(0, start)];
};

async function sweepShard(deps: SweepDeps, run: Run, shard: string): Promise<void> {
  try {
    await sweepPages(deps, run, shard);
  } catch (error) {
    run.faults.push(`shard ${shard} (${errorText(error)})`);
  }
}

/** Goes on behind the last order of a page, whatever became of it: what stays due does not stand in the others' way. */
async function sweepPages(deps: SweepDeps, run: Run, shard: string): Promise<void> {
  let last: object | undefined;
  for (let page = 0; page < PAGES_PER_SHARD && hasTime(deps, run); page += 1) {
    const found = await deps.store.findDue(shard, run.dueBy, PAGE_SIZE, last);
    last = found.at(-1);
    if (last === undefined) return;
    const due = found.filter((row) => isDue(run, row));
    count(run, due, deps.clock.now());
    for (let next = 0; next < due.length && hasTime(deps, run); next += PARALLEL_PER_SHARD) {
      const together = due.slice(next, next + PARALLEL_PER_SHARD);
      await Promise.all(together.map((row) => sweep(deps, run, row)));
    }
  }
}

const hasTime = ({ clock }: SweepDeps, { deadlineMs }: Run): boolean => clock.now() < deadlineMs;

function isDue(run: Run, row: object): row is DueOrder {
  const faulty = faultyIndexAttributes(row);
  if (faulty.length > 0) passOver(run, String(Reflect.get(row, 'order_id')), faulty);
  return faulty.length === 0;
}

function passOver(run: Run, orderId: string, faulty: string[]): void {
  run.faults.push(orderId);
  for (const name of faulty) run.faultyAttributes.add(name);
}

function count(run: Run, orders: DueOrder[], nowMs: number): void {
  run.due += orders.length;
  for (const { accepted_at } of orders) {
    run.oldestAgeMs = Math.max(run.oldestAgeMs, nowMs - Date.parse(accepted_at));
  }
}

/**
 * The index lags behind the table: the claim is a condition on the table, and only its winner goes on. It is short, so
 * that a run that is killed, or that never hears of its claim, costs the order a minute or two.
 */
async function sweep(deps: SweepDeps, run: Run, row: DueOrder): Promise<void> {
  const { store, clock, report } = deps;
  const { claimMs } = run.pace;
  try {
    const order = await store.get(row.order_id);
    if (order?.sweep_at === undefined || order.sweep_at > run.dueBy) return;
    const sweep_at = toIso(clock.now() + claimMs);
    if (!(await store.postpone(order, sweep_at))) return;
    const { way } = order;
    if (way === 'sync') return await resolve(deps, order);
    const late = isLate(deps, order) ? await cancelLate(deps, order) : undefined;
    if (late === undefined) await republish(deps, run.pace, { ...order, way, sweep_at });
    else report({ type: 'resolved', order: late });
  } catch (error) {
    if (error instanceof OrderError && error.code === 'unreadable_row')
      passOver(run, row.order_id, error.attributes);
    else report({ type: 'sweepFailed', order: row, error });
  }
}

async function republish(deps: SweepDeps, pace: SweepPace, order: AsyncOrder): Promise<void> {
  deps.report({ type: 'publishing', order });
  await deps.publisher.publish(order);
  deps.report({ type: 'republished', order });
  await deps.store.postpone(order, toIso(deps.clock.now() + pace.republishAfterMs));
}

async function resolve(deps: SweepDeps, order: Order): Promise<void> {
  const resolution = await endAbandonedOrder(deps, order);
  if (resolution.order.status !== 'pending') {
    deps.report({ type: 'resolved', order: resolution.order });
  }
}
