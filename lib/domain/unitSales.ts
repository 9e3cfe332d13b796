import type { StockStore } from './ports.ts';
import { type Holding, hadUnpaid, hasUnpaid } from './stock.ts';

/** One write to a row, or the next one. */
interface Sale {
  holdings: Holding[];
  isWritten: boolean;
  /** Whose units it sold; undefined where nothing was written. */
  sold: Promise<Set<string> | undefined>;
}

/**
 * Sells units row by row. The orders of a batch end together, and their units stand in few rows: whoever comes while a row
 * is being written to goes with the next write, and all who come by then with it.
 */
export class UnitSales {
  readonly #store: Pick<StockStore, 'sell' | 'rest'>;
  /** The last sale of each row that is not done. */
  readonly #sales = new Map<string, Sale>();

  constructor(store: Pick<StockStore, 'sell' | 'rest'>) {
    this.#store = store;
  }

  /** True when this call sold the holder's units. */
  async sell(rowId: string, holding: Holding): Promise<boolean> {
    const last = this.#sales.get(rowId);
    const sale = last === undefined || last.isWritten ? this.#begin(rowId, last?.sold) : last;
    if (sale.holdings.some(({ holder }) => holder === holding.holder)) {
      await sale.sold;
      return false;
    }
    sale.holdings.push(holding);
    // Where one of them has lost its units, each sells for itself.
    const sold =
      (await sale.sold) ??
      (sale.holdings.length > 1 ? await this.#write(rowId, [holding]) : undefined);
    return sold?.has(holding.holder) ?? false;
  }

  #begin(rowId: string, before: Promise<unknown> = Promise.resolve()): Sale {
    const holdings: Holding[] = [];
    const write = () => {
      sale.isWritten = true;
      return this.#write(rowId, holdings);
    };
    const sale: Sale = { holdings, isWritten: false, sold: before.then(write, write) };
    const forget = () => {
      if (this.#sales.get(rowId) === sale) this.#sales.delete(rowId);
    };
    sale.sold.then(forget, forget);
    this.#sales.set(rowId, sale);
    return sale;
  }

  async #write(rowId: string, holdings: Holding[]): Promise<Set<string> | undefined> {
    const before = await this.#store.sell(rowId, holdings);
    if (before === undefined) return undefined;
    const holders = holdings.map(({ holder }) => holder);
    // The last of a row leaves nothing for the sweeper to look at.
    if (before.free <= 0 && !hasUnpaid(before, ...holders))
      await this.#store.rest(before).catch(() => {});
    return new Set(holders.filter((holder) => hadUnpaid(before, holder)));
  }
}
