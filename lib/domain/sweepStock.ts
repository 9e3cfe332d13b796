import { errorText } from './errors.ts';
import { isRevivable, type Order, toIso } from './order.ts';
import { newAttemptId } from './orderIdentity.ts';
import type { Clock, OrderStore, Report, StockStore } from './ports.ts';
import {
  after,
  endOf,
  type Hold,
  hadUnpaid,
  hasUnpaid,
  isRowOfUnits,
  itemOfRow,
  readHolder,
  rowPrefix,
  STOCK_SHARDS,
  shardOfItem,
} from './stock.ts';
import { UNKNOWN_REQUEST } from './storeOnce.ts';

export interface StockSweepDeps {
  store: OrderStore;
  stockRows: StockStore;
  clock: Clock;
  report: Report;
  /** A request that claimed units is over by then, one way or the other. */
  leaseMs: number;
}

const PAGE_SIZE = 64;
const PARALLEL = 4;
const FAULTS_NAMED = 10;

/** Units that stay held for longer than a lease, by item. */
type Overdue = Map<string, number>;

/**
 * Sees to units that nobody sees to any more: sells those of completed orders, frees those whose order ended otherwise
 * or never came to be, and leaves all others alone. Whatever cannot be read is passed over, and the run throws at its
 * end.
 */
export async function sweepStock(deps: StockSweepDeps, deadlineMs: number): Promise<void> {
  const faults: string[] = [];
  const overdue: Overdue = new Map();
  await Promise.all(
    Array.from({ length: STOCK_SHARDS }, async (_, shard) => {
      for await (const ids of pages(deps, String(shard), deadlineMs)) {
        const rows = ids.map((id) =>
          sweepRow(deps, id, overdue).catch((error) => {
            faults.push(`${id} (${errorText(error)})`);
          }),
        );
        await Promise.all(rows);
      }
    }),
  ).catch((error) => faults.push(errorText(error)));
  deps.report({ type: 'stockSwept', overdue_units: await soldOutUnits(deps, overdue) });
  if (faults.length === 0) return;
  const named = faults.slice(0, FAULTS_NAMED).join(', ');
  throw new Error(`${faults.length} of the stock could not be swept: ${named}`);
}

/** Rows of one shard with units held, a few at a time. */
async function* pages(
  { stockRows, clock }: StockSweepDeps,
  shard: string,
  deadlineMs: number,
): AsyncGenerator<string[]> {
  let from = '!';
  while (clock.now() < deadlineMs) {
    const ids = await stockRows.list('held', { shard, from, to: '~', limit: PAGE_SIZE });
    const last = ids.at(-1);
    if (last === undefined) return;
    from = after(last);
    for (let next = 0; next < ids.length && clock.now() < deadlineMs; next += PARALLEL)
      yield ids.slice(next, next + PARALLEL);
  }
}

async function sweepRow(deps: StockSweepDeps, id: string, overdue: Overdue): Promise<void> {
  const row = await deps.stockRows.get(id);
  if (row === undefined) return;
  let open = 0;
  for (const [holder, hold] of row.holds) {
    if (hold.sold) continue;
    const isDue = hold.at + deps.leaseMs <= deps.clock.now();
    if (isDue && (await settle(deps, id, holder, hold))) continue;
    open += 1;
    if (isDue && isRowOfUnits(id))
      overdue.set(itemOfRow(id), (overdue.get(itemOfRow(id)) ?? 0) + hold.units);
  }
  const standing = open === 0 ? await deps.stockRows.get(id) : undefined;
  if (standing !== undefined && !hasUnpaid(standing)) await deps.stockRows.rest(standing);
}

/** Sells or frees a holder's units; false while its order may still end either way. */
async function settle(
  deps: StockSweepDeps,
  row_id: string,
  holder: string,
  hold: Hold,
): Promise<boolean> {
  const { stockRows, report } = deps;
  const fate = await fateOf(deps, row_id, holder, hold);
  if (fate === 'open') return false;
  const { units } = hold;
  const isDone = await (fate === 'sold'
    ? stockRows.sell(row_id, [{ holder, units }]).then((before) => hadUnpaid(before, holder))
    : stockRows.free(holder, { row_id, units }));
  const { orderId: order_id } = readHolder(holder);
  const type = fate === 'sold' ? 'unitsSold' : 'unitsFreed';
  if (isDone && isRowOfUnits(row_id)) report({ type, order_id, units });
  return true;
}

type Fate = 'open' | 'sold' | 'free';

const FATES: Record<Order['status'], Fate> = {
  pending: 'open',
  completed: 'sold',
  declined: 'free',
  cancelled: 'free',
};

async function fateOf(
  { store, clock }: StockSweepDeps,
  row_id: string,
  holder: string,
  hold: Hold,
): Promise<Fate> {
  const { orderId, attemptId } = readHolder(holder);
  const order = await store.get(orderId);
  if (order?.attempt_id === attemptId) return FATES[order.status];
  // The request may have sent its order, and the write be still on its way: from here on it cannot be done.
  const standing =
    order === undefined
      ? await store.create(neverTaken(orderId, row_id, hold, clock.now()))
      : await (isRevivable(order) ? store.revive(nextOf(order)) : order);
  return standing.attempt_id === attemptId ? FATES[standing.status] : 'free';
}

/** In the place of an order that never came to be: as much of it as its units tell. */
const neverTaken = (order_id: string, row_id: string, hold: Hold, nowMs: number): Order => {
  const item_id = isRowOfUnits(row_id)
    ? itemOfRow(row_id)
    : decodeURIComponent(row_id.slice(row_id.lastIndexOf('/') + 1));
  return {
    order_id,
    customer_id: hold.by,
    items: [{ item_id, name: item_id, price: 0, quantity: hold.units }],
    total_cents: 0,
    way: 'queued',
    status: 'cancelled',
    cancel_reason: 'storage_failed',
    created_at: toIso(nowMs),
    accepted_at: toIso(nowMs),
    revision: 1,
    attempt_id: newAttemptId(),
    request_hash: UNKNOWN_REQUEST,
  };
};

const nextOf = (order: Order): Order => ({
  ...order,
  revision: order.revision + 1,
  attempt_id: newAttemptId(),
});

/** Of the overdue units, those of items that have none free: units that somebody waits for. */
async function soldOutUnits({ stockRows }: StockSweepDeps, overdue: Overdue): Promise<number> {
  let units = 0;
  for (const [itemId, held] of overdue) {
    const prefix = rowPrefix(itemId);
    const open = await Promise.all(
      Array.from({ length: STOCK_SHARDS }, (_, part) => {
        const place = { shard: shardOfItem(itemId, part), from: prefix, to: endOf(prefix) };
        return stockRows.list('open', { ...place, limit: 1 });
      }),
    );
    if (open.flat().length === 0) units += held;
  }
  return units;
}
