import type { HeldUnits } from '../domain/order.ts';
import type { Claim, Claimed, IndexPart, StockStore } from '../domain/ports.ts';
import {
  type Hold,
  type Holding,
  hasUnpaid,
  ROW_UNITS,
  rowId,
  type StockedItem,
  type StockRow,
  shardOf,
  shardsOf,
} from '../domain/stock.ts';

interface MemoryRow extends StockRow {
  open_in?: string | undefined;
  held_in?: string | undefined;
  shard: string;
}

/** Stock in memory, under the same conditions as the table's. */
export class MemoryStock implements StockStore {
  readonly items = new Map<string, StockedItem>();
  readonly rows = new Map<string, MemoryRow>();

  set(item_id: string, stock: number): void {
    const count = Math.ceil(stock / ROW_UNITS);
    const shards = shardsOf(count);
    const since = '2026-11-27T00:00:00.000Z';
    this.items.set(item_id, { item_id, stock, rows: count, shards, since });
    for (let row = 0; row < count; row += 1) {
      const row_id = rowId(item_id, row);
      const free = Math.min(ROW_UNITS, stock - row * ROW_UNITS);
      const shard = shardOf(row_id, shards);
      this.rows.set(row_id, {
        row_id,
        capacity: free,
        free,
        holds: new Map(),
        open_in: shard,
        shard,
      });
    }
  }

  async item(itemId: string): Promise<StockedItem | undefined> {
    return this.items.get(itemId);
  }

  async get(id: string): Promise<StockRow | undefined> {
    const row = this.rows.get(id);
    return row && structuredClone(row);
  }

  async claim(claim: Claim): Promise<Claimed> {
    const { row_id, shard, holder, hold, least, isCustomer, isLast } = claim;
    const made = isCustomer
      ? { row_id, free: 0, holds: new Map<string, Hold>(), shard }
      : undefined;
    const standing = this.rows.get(row_id);
    const row: MemoryRow | undefined = standing ?? made;
    const own = row?.holds.get(holder);
    if (own !== undefined && own.units !== hold.units) throw new Error('it holds others');
    if (row !== undefined && own !== undefined) return { isHeld: true, free: row.free };
    const isNew = standing === undefined && made !== undefined;
    const isTooMuch = isLast && row?.free !== least;
    if (row === undefined || isTooMuch || (!isNew && row.free < least))
      return { isHeld: false, free: row?.free ?? 0, row: await this.get(row_id) };
    row.holds.set(holder, { ...hold });
    row.free -= hold.units;
    row.held_in = shard;
    if (isLast) row.open_in = undefined;
    this.rows.set(row_id, row);
    return { isHeld: true, free: row.free };
  }

  async free(holder: string, { row_id, units }: HeldUnits): Promise<boolean> {
    const row = this.rows.get(row_id);
    const hold = row?.holds.get(holder);
    if (row === undefined || hold?.units !== units || hold.sold) return false;
    row.holds.delete(holder);
    row.free += units;
    if (row.capacity !== undefined) row.open_in = row.shard;
    return true;
  }

  async sell(id: string, holdings: Holding[]): Promise<StockRow | undefined> {
    const before = await this.get(id);
    const row = this.rows.get(id);
    const isThere = ({ holder, units }: Holding) => row?.holds.get(holder)?.units === units;
    if (row === undefined || !holdings.every(isThere)) return undefined;
    for (const { holder, units } of holdings)
      row.holds.set(holder, { ...row.holds.get(holder), units, sold: true } as Hold);
    return before;
  }

  async close(id: string): Promise<void> {
    const row = this.rows.get(id);
    if (row?.free === 0) row.open_in = undefined;
  }

  async rest({ row_id, free, capacity }: StockRow): Promise<void> {
    const row = this.rows.get(row_id);
    if (row?.free === free && row.capacity === capacity) row.held_in = undefined;
  }

  async list(index: 'open' | 'held', { shard, from, to, limit }: IndexPart): Promise<string[]> {
    return [...this.rows.values()]
      .filter((row) => (index === 'open' ? row.open_in : row.held_in) === shard)
      .map(({ row_id }) => row_id)
      .filter((id) => id >= from && id <= to)
      .sort()
      .slice(0, limit);
  }

  /** Whatever does not add up in the rows themselves. */
  faults(): string[] {
    return [...this.rows.values()].flatMap((row) => {
      const { row_id, capacity = 0, free, open_in, held_in } = row;
      const held = [...row.holds.values()].reduce((sum, { units }) => sum + units, 0);
      const text = JSON.stringify({ ...row, holds: [...row.holds] });
      const isUnits = row.capacity !== undefined;
      return [
        ...(free + held === capacity ? [] : [`does not add up: ${text}`]),
        ...(isUnits && free < 0 ? [`oversold: ${text}`] : []),
        ...(isUnits && free > 0 && open_in === undefined ? [`not for sale: ${row_id}`] : []),
        ...(hasUnpaid(row) && held_in === undefined ? [`not swept: ${row_id}`] : []),
      ];
    });
  }
}
