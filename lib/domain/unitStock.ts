import { type Fault, OrderError } from './errors.ts';
import { OpenRows, shuffled } from './openRows.ts';
import type { HeldUnits, Order } from './order.ts';
import type { Claimed, Clock, StockStore } from './ports.ts';
import {
  after,
  customerRowId,
  endOf,
  hasUnpaid,
  holderOf,
  isRowOfUnits,
  itemOfRow,
  quantities,
  readHolder,
  rowPrefix,
  type StockedItem,
  type StockRow,
  shardOf,
  shardOfItem,
  unitsOf,
} from './stock.ts';
import { UnitSales } from './unitSales.ts';

export interface UnitStockOptions {
  store: StockStore;
  clock: Clock;
  /** The most units of one item that a customer may have. */
  perCustomer?: number | undefined;
}

/** How long an environment goes on selling an item without asking whether it has got a stock, or has more rows. */
const UNLIMITED_MS = 1_000;
const STOCKED_MS = 30_000;
/** So many rows are looked for at once to see whether an unpaid order holds any unit. */
const ROWS_LOOKED_AT = 10;
const LOOKED_MS = 2_000;
const IN_PROGRESS_SECONDS = 1;

/** An item that an order cannot have: why, and whether asking again may help. */
interface Lack {
  item_id: string;
  asked: number;
  /** Only where the customer has, or would have, more than one may. */
  limit?: number;
  may_come_back: boolean;
}

/** The units of all items, as one execution environment claims them. */
export class UnitStock {
  readonly #options: UnitStockOptions;
  readonly #open: OpenRows;
  readonly #sales: UnitSales;
  readonly #items = new Map<string, { item: StockedItem | undefined; untilMs: number }>();
  readonly #mayComeBack = new Map<string, { answer: boolean; untilMs: number }>();

  constructor(options: UnitStockOptions) {
    this.#options = options;
    this.#open = new OpenRows(options.store, options.clock);
    this.#sales = new UnitSales(options.store);
  }

  /** Claims all that the order asks for, or nothing. */
  async hold(order: Order): Promise<HeldUnits[]> {
    const touched: HeldUnits[] = [];
    try {
      const lacks = await allDone(
        [...quantities(order.items)].map(([itemId, asked]) =>
          this.#holdItem(order, itemId, asked, touched),
        ),
      );
      const lacking = lacks.filter((lack) => lack !== undefined);
      if (lacking.length > 0) throw refusal(order, lacking);
      return touched.filter(({ units }) => units > 0);
    } catch (error) {
      await this.free(order, touched);
      throw error;
    }
  }

  /** Frees what a request claimed for an order that is not taken. What cannot be freed is left to the sweeper. */
  async free(order: Order, held: HeldUnits[]): Promise<void> {
    const holder = holderOf(order);
    const begun = held.filter(({ units }) => units > 0);
    await Promise.allSettled(begun.map((units) => this.#options.store.free(holder, units)));
    for (const { row_id } of begun) if (isRowOfUnits(row_id)) this.#open.freed(itemOfRow(row_id));
  }

  /** What an order's end means for its units; how many this call has sold or freed. */
  async settle(order: Order): Promise<number> {
    const { store } = this.#options;
    const holder = holderOf(order);
    const { held = [] } = order;
    const settleRow = ({ row_id, units }: HeldUnits) =>
      order.status === 'completed'
        ? this.#sales.sell(row_id, { holder, units })
        : store.free(holder, { row_id, units });
    const done = await allDone(
      held.map(async (units) => ((await settleRow(units)) ? [units] : [])),
    );
    return unitsOf(done.flat());
  }

  async #holdItem(
    order: Order,
    itemId: string,
    asked: number,
    touched: HeldUnits[],
  ): Promise<Lack | undefined> {
    const item = await this.#item(itemId);
    if (item === undefined) return undefined;
    const lack = async () => ({
      ...{ item_id: itemId, asked },
      may_come_back: await this.#mayCome(order, item),
    });
    if (!(await this.#mayHave(order, item, asked))) return lack();
    const overLimit = await this.#countForCustomer(order, itemId, asked, touched);
    if (overLimit !== undefined) return overLimit;
    const tried = new Set<string>();
    let hasLooked = false;
    for (let left = asked; left > 0; ) {
      const rows = await this.#open.pick(item, left, tried);
      if (rows.length === 0) {
        if (hasLooked) return lack();
        // Rows may have got units since this environment last saw them.
        hasLooked = true;
        this.#open.lacked(itemId);
        if (await this.#mayHave(order, item, left)) continue;
        return lack();
      }
      for (const { row_id } of rows) tried.add(row_id);
      const got = await allDone(rows.map((row) => this.#claim(order, item, row, touched)));
      left -= got.reduce((sum, units) => sum + units, 0);
    }
    return undefined;
  }

  /** Looks once more before a buyer is told that none will become free: units may have been freed since the last look. */
  async #mayHave(order: Order, item: StockedItem, units: number): Promise<boolean> {
    if (await this.#open.mayHave(item, units)) return true;
    const isKnown = this.#options.clock.now() < (this.#mayComeBack.get(item.item_id)?.untilMs ?? 0);
    if (isKnown || (await this.#mayCome(order, item))) return false;
    this.#open.freed(item.item_id);
    return this.#open.mayHave(item, units);
  }

  /** As many of the units wanted as the row has; what was begun is noted before it is known to be done. */
  async #claim(
    order: Order,
    item: StockedItem,
    wanted: HeldUnits,
    touched: HeldUnits[],
  ): Promise<number> {
    const note = { ...wanted };
    touched.push(note);
    const claimed = await this.#tryClaim(order, item, wanted);
    const part = Math.min(wanted.units, claimed.free);
    if (claimed.isHeld) return wanted.units;
    note.units = part;
    if (part > 0 && (await this.#tryClaim(order, item, note)).isHeld) return part;
    note.units = 0;
    return 0;
  }

  async #tryClaim(order: Order, item: StockedItem, { row_id, units }: HeldUnits): Promise<Claimed> {
    const { store, clock, perCustomer } = this.#options;
    const limit = perCustomer !== undefined && { limit: perCustomer };
    const isLast = this.#open.isLast(item.item_id, row_id, units);
    const claimed = await store.claim({
      row_id,
      shard: shardOf(row_id, item.shards),
      holder: holderOf(order),
      hold: { units, at: clock.now(), by: order.customer_id, ...limit },
      least: units,
      ...{ isCustomer: false, isLast },
    });
    this.#open.saw(item.item_id, row_id, claimed.free);
    if (claimed.free <= 0 && !claimed.isHeld) this.#open.missed(item.item_id);
    // A hint: whoever comes to a row that is still listed is refused by it.
    if (claimed.free === 0 && claimed.isHeld && !isLast) await store.close(row_id).catch(() => {});
    return claimed;
  }

  async #countForCustomer(
    order: Order,
    itemId: string,
    asked: number,
    touched: HeldUnits[],
  ): Promise<Lack | undefined> {
    const { store, clock, perCustomer: limit } = this.#options;
    if (limit === undefined) return undefined;
    const lack = { item_id: itemId, asked, limit };
    if (asked > limit) return { ...lack, may_come_back: false };
    const row_id = customerRowId(order.customer_id, itemId);
    const note = { row_id, units: asked };
    touched.push(note);
    const { isHeld, row } = await store.claim({
      ...{ row_id, shard: shardOf(row_id, 1), holder: holderOf(order), isCustomer: true },
      hold: { units: asked, at: clock.now(), by: order.customer_id },
      least: asked - limit,
    });
    if (isHeld) return undefined;
    note.units = 0;
    if (isHeldByRepeat(row, order)) throw inProgress(order);
    return { ...lack, may_come_back: row !== undefined && hasUnpaid(row) };
  }

  async #item(itemId: string): Promise<StockedItem | undefined> {
    const { store, clock } = this.#options;
    const known = this.#items.get(itemId);
    if (known !== undefined && clock.now() < known.untilMs) return known.item;
    const item = await store.item(itemId);
    const untilMs = clock.now() + (item === undefined ? UNLIMITED_MS : STOCKED_MS);
    this.#items.set(itemId, { item, untilMs });
    return item;
  }

  /** Whether another order that is not paid yet holds any unit. */
  async #mayCome(order: Order, item: StockedItem): Promise<boolean> {
    const { clock } = this.#options;
    const known = this.#mayComeBack.get(item.item_id);
    if (known !== undefined && clock.now() < known.untilMs) return known.answer;
    const answer = await this.#isHeld(item, holderOf(order));
    this.#mayComeBack.set(item.item_id, { answer, untilMs: clock.now() + LOOKED_MS });
    return answer;
  }

  async #isHeld({ item_id, shards }: StockedItem, except: string): Promise<boolean> {
    const { store } = this.#options;
    const prefix = rowPrefix(item_id);
    for (let part = 0; part < shards; part += 1) {
      const place = { shard: shardOfItem(item_id, part), to: endOf(prefix), limit: ROWS_LOOKED_AT };
      let ids = await store.list('held', { ...place, from: prefix });
      while (ids.length > 0) {
        // One after the other: mostly the first has some, and a whole crowd asks.
        for (const id of shuffled(ids)) {
          const row = await store.get(id);
          if (row !== undefined && hasUnpaid(row, except)) return true;
        }
        ids = await store.list('held', { ...place, from: after(ids.at(-1) ?? '') });
      }
    }
    return false;
  }
}

/** All results, once every one is there; throws the first failure, but not before the others are done. */
async function allDone<T>(calls: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

const isHeldByRepeat = (row: StockRow | undefined, { order_id }: Order): boolean =>
  [...(row?.holds.keys() ?? [])].some((holder) => readHolder(holder).orderId === order_id);

const inProgress = (order: Order): OrderError =>
  new OrderError('order_in_progress', 'the first request with this key is still being taken', {
    order,
    retryAfterSeconds: IN_PROGRESS_SECONDS,
  });

function refusal(order: Order, lacks: Lack[]): OrderError {
  const isLimit = lacks.every(({ limit }) => limit !== undefined);
  const faults = lacks.map((lack) => faultOf(order, lack));
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new OrderError(isLimit ? 'customer_limit' : 'sold_out', `${first?.detail}${more}`, {
    faults,
  });
}

function faultOf({ items }: Order, { item_id, asked, limit, may_come_back }: Lack): Fault {
  const what = JSON.stringify(item_id);
  const why =
    limit === undefined
      ? `${what}: ${asked} asked for, and not so many are free`
      : `${what}: ${asked} asked for, and a customer may have ${limit} in all`;
  const hope = may_come_back
    ? 'unpaid orders hold some, which may become free'
    : 'none will become free';
  return {
    pointer: `#/items/${items.findIndex((item) => item.item_id === item_id)}`,
    detail: `${why}; ${hope}`,
    ...{ item_id, asked, may_come_back },
  };
}
