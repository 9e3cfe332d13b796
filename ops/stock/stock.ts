import { UsageError } from '../../common/usageError.ts';
import type { ItemStock } from '../../contracts/stock.ts';
import {
  isRowOfUnits,
  itemOfRow,
  ROW_UNITS,
  rowId,
  type StockedItem,
  shardsOf,
} from '../../lib/domain/stock.ts';
import type { BookedRow, StockTable } from './stockTable.ts';

/** What an item's stock is to become, and how. */
export interface StockChange {
  item_id: string;
  before: number;
  after: number;
  /** Rows that are made, and rows whose units become more or fewer. */
  rowsMade: number;
  rowsChanged: number;
  applied: boolean;
}

export interface SetOptions {
  isDryRun: boolean;
  onProgress: (text: string) => void;
  signal: AbortSignal;
}

const WRITES_AT_ONCE = 25;

/** The stock of every item, added up from its rows. */
export async function listStock(table: StockTable): Promise<ItemStock[]> {
  const { items, rows } = await table.read();
  const byItem = rowsByItem(rows);
  return items
    .map((item) => countItem(item, byItem.get(item.item_id) ?? []))
    .sort((a, b) => (a.item_id < b.item_id ? -1 : 1));
}

export function rowsByItem(rows: BookedRow[]): Map<string, BookedRow[]> {
  const found = new Map<string, BookedRow[]>();
  for (const row of rows.filter(({ rowId }) => isRowOfUnits(rowId))) {
    const itemId = itemOfRow(row.rowId);
    const known = found.get(itemId);
    if (known === undefined) found.set(itemId, [row]);
    else known.push(row);
  }
  return found;
}

export function countItem({ item_id }: Pick<StockedItem, 'item_id'>, rows: BookedRow[]): ItemStock {
  const holds = rows.flatMap((row) => [...row.holds.values()]);
  const units = (isSold: boolean) =>
    holds.reduce((sum, hold) => sum + ((hold.sold ?? false) === isSold ? hold.units : 0), 0);
  const free = rows.reduce((sum, row) => sum + row.free, 0);
  const last = holds.reduce((latest, { at }) => Math.max(latest, at), 0);
  const first = holds.reduce((earliest, { at }) => Math.min(earliest, at), last);
  const time = (atMs: number) => (atMs > 0 ? new Date(atMs).toISOString() : null);
  return {
    item_id,
    stock: rows.reduce((sum, { capacity = 0 }) => sum + capacity, 0),
    ...{ free, held: units(false), sold: units(true) },
    first_held_at: time(first),
    last_held_at: time(last),
    // Since the last unit was taken; an item that never had one is sold out since nobody knows when.
    sold_out_since: free === 0 ? time(last) : null,
  };
}

/** Raises or lowers an item's stock while it is being sold. What was broken off goes on when it is asked for again. */
export async function setStock(
  table: StockTable,
  itemId: string,
  wanted: number,
  options: SetOptions,
): Promise<StockChange> {
  const standing = await table.item(itemId);
  let { rows, plan, before } = await planned(table, itemId, wanted);
  const change = {
    ...{ item_id: itemId, before, after: wanted, applied: !options.isDryRun },
    ...{ rowsMade: plan.made.length, rowsChanged: plan.changed.length },
  };
  if (options.isDryRun) return change;
  const rowCount = Math.max(standing?.rows ?? 0, rows.length + plan.made.length);
  const shards = Math.max(standing?.shards ?? 1, shardsOf(rowCount));
  const since = standing?.since ?? new Date().toISOString();
  await table.declare({ item_id: itemId, stock: wanted, rows: rowCount, shards, since });
  // A row that was bought from meanwhile is not as it was read.
  while (plan.made.length + plan.changed.length > 0) {
    await write(plan.made, options, ([id, capacity]) => table.addRow(id, capacity, shards));
    await write(plan.changed, options, ([row, capacity]) => changeRow(table, row, capacity));
    ({ rows, plan } = await planned(table, itemId, wanted).catch(async (error) => {
      const { stock } = countItem({ item_id: itemId }, await rowsOf(table, itemId));
      await table.declare({ item_id: itemId, stock, rows: rowCount, shards, since });
      throw error;
    }));
  }
  return change;
}

async function changeRow(table: StockTable, row: BookedRow, capacity: number): Promise<void> {
  const isLess = capacity < (row.capacity ?? 0);
  if ((await table.changeCapacity(row, capacity)) && isLess) await table.close(row.rowId);
}

const rowsOf = async (table: StockTable, itemId: string): Promise<BookedRow[]> =>
  rowsByItem((await table.read()).rows).get(itemId) ?? [];

interface Plan {
  made: [rowId: string, capacity: number][];
  changed: [row: BookedRow, capacity: number][];
}

/** What is to be done to the rows as they stand now; throws where more are held or sold than are wanted. */
async function planned(table: StockTable, itemId: string, wanted: number) {
  const rows = await rowsOf(table, itemId);
  const { stock: before, held, sold } = countItem({ item_id: itemId }, rows);
  if (wanted < held + sold)
    throw new UsageError(
      `${itemId}: ${held} of its units are held and ${sold} sold, so its stock cannot be lower than ${held + sold}, got ${wanted}`,
    );
  const plan =
    wanted < before ? lowered(rows, before - wanted) : raised(rows, itemId, wanted - before);
  return { rows, plan, before };
}

/** Rows are filled up before new ones are made. */
function raised(rows: BookedRow[], itemId: string, units: number): Plan {
  const plan: Plan = { made: [], changed: [] };
  let left = units;
  for (const row of rows) {
    const { capacity = 0 } = row;
    const more = Math.min(left, Math.max(0, ROW_UNITS - capacity));
    if (more > 0) plan.changed.push([row, capacity + more]);
    left -= more;
  }
  const known = new Set(rows.map((row) => row.rowId));
  for (let number = 0; left > 0; number += 1) {
    const id = rowId(itemId, number);
    if (known.has(id)) continue;
    plan.made.push([id, Math.min(left, ROW_UNITS)]);
    left -= ROW_UNITS;
  }
  return plan;
}

/** Only what is free is taken away. */
function lowered(rows: BookedRow[], units: number): Plan {
  const plan: Plan = { made: [], changed: [] };
  let left = units;
  for (const row of rows) {
    const { capacity = 0, free } = row;
    const less = Math.min(left, free);
    if (less > 0) plan.changed.push([row, capacity - less]);
    left -= less;
  }
  return plan;
}

async function write<T>(
  tasks: T[],
  { onProgress, signal }: SetOptions,
  one: (task: T) => Promise<unknown>,
): Promise<void> {
  for (let next = 0; next < tasks.length; next += WRITES_AT_ONCE) {
    signal.throwIfAborted();
    await Promise.all(tasks.slice(next, next + WRITES_AT_ONCE).map(one));
    onProgress(`${Math.min(tasks.length, next + WRITES_AT_ONCE)} of ${tasks.length} rows written`);
  }
}
