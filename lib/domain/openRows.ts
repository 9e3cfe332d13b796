import type { Clock, StockStore } from './ports.ts';
import { after, endOf, rowId, rowPrefix, type StockedItem, shardOfItem } from './stock.ts';

const LIST_ROWS = 50;
/** A longer memory costs claims that fail, a shorter one more questions. */
const REMEMBER_MS = 1_000;
/** An item that had too little is looked at before anything of it is claimed, for so long, and so often at most. */
const SCARCE_MS = 5_000;
const LOOK_MS = 250;
/** An environment comes back to a row that had nothing left after this time, so that a crowd does not heat it. */
const COOL_MS = 2_000;

interface Known {
  /** How many each row has free, as far as this environment has seen. */
  rows: Map<string, number>;
  listedAtMs: number;
  scarceUntilMs: number;
  lookedAtMs: number;
}

/**
 * Where units seem to be free, as one execution environment remembers it. It may be wrong at any time: a claim alone
 * decides.
 */
export class OpenRows {
  readonly #store: Pick<StockStore, 'list' | 'get'>;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly #cooling = new Map<string, number>();

  constructor(store: Pick<StockStore, 'list' | 'get'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** False where so many are not free, seen without a write: a crowd that asks for what is left over claims nothing. */
  async mayHave(item: StockedItem, units: number): Promise<boolean> {
    const known = this.#of(item.item_id);
    const nowMs = this.#clock.now();
    if (nowMs >= known.scarceUntilMs) return true;
    if (nowMs - known.lookedAtMs > LOOK_MS) await this.#look(item, known, units);
    const free = [...known.rows.values()].reduce((sum, count) => sum + count, 0);
    return free >= units;
  }

  /** The item had too little for an order; true where that is news. */
  lacked(itemId: string): boolean {
    const known = this.#of(itemId);
    const nowMs = this.#clock.now();
    const isNews = nowMs >= known.scarceUntilMs;
    if (isNews) known.lookedAtMs = Number.NEGATIVE_INFINITY;
    known.scarceUntilMs = nowMs + SCARCE_MS;
    return isNews;
  }

  /** This environment has freed units of the item: what it saw before is out of date. */
  freed(itemId: string): void {
    this.#of(itemId).lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Up to `count` rows to try for so many units each; none when nothing seems to be free. */
  async pick(
    item: StockedItem,
    count: number,
    units: number,
    tried: Set<string>,
  ): Promise<string[]> {
    const known = this.#of(item.item_id);
    const usable = () => [...known.rows.keys()].filter((id) => !tried.has(id));
    const isScarce = this.#clock.now() < known.scarceUntilMs;
    const isOld = this.#clock.now() - known.listedAtMs > REMEMBER_MS;
    if (!isScarce && (isOld || usable().length < count))
      await this.#list(item, known, () => usable().length >= count);
    const rows = shuffled(usable());
    // Those that are known to have enough come first.
    const enough = rows.filter((id) => (known.rows.get(id) ?? 0) >= units);
    return [...new Set([...enough, ...rows])].slice(0, count);
  }

  /** What a claim has shown of a row. */
  saw(itemId: string, id: string, free: number): void {
    const { rows } = this.#of(itemId);
    if (free > 0) rows.set(id, free);
    else rows.delete(id);
    if (free === 0) this.#cooling.set(id, this.#clock.now() + COOL_MS);
  }

  #of(itemId: string): Known {
    const known = this.#known.get(itemId) ?? {
      ...{ rows: new Map(), listedAtMs: Number.NEGATIVE_INFINITY },
      ...{ scarceUntilMs: 0, lookedAtMs: Number.NEGATIVE_INFINITY },
    };
    this.#known.set(itemId, known);
    return known;
  }

  /** Reads what open rows have, unless there are so many that one unit of each would do. */
  async #look(item: StockedItem, known: Known, units: number): Promise<void> {
    known.lookedAtMs = this.#clock.now();
    this.#cooling.clear();
    await this.#list(item, known, () => known.rows.size >= units);
    if (known.rows.size >= units) return;
    const rows = await Promise.all([...known.rows.keys()].map((id) => this.#store.get(id)));
    for (const row of rows) if (row !== undefined) this.saw(item.item_id, row.row_id, row.free);
  }

  /** One part of the index after the other until there are enough; all parts but the first at once. */
  async #list(item: StockedItem, known: Known, isEnough: () => boolean): Promise<void> {
    const nowMs = this.#clock.now();
    for (const [id, untilMs] of this.#cooling) if (untilMs <= nowMs) this.#cooling.delete(id);
    known.rows.clear();
    known.listedAtMs = nowMs;
    const [first, ...others] = shuffled(Array.from({ length: item.shards }, (_, part) => part));
    const add = async (part: number) => {
      for await (const ids of this.#pages(item, part)) {
        for (const id of ids) if (!this.#cooling.has(id)) known.rows.set(id, 1);
        if (isEnough()) return;
      }
    };
    if (first !== undefined) await add(first);
    if (!isEnough()) await Promise.all(others.map(add));
  }

  /** From a row drawn by lot on and then from the first one, so that environments spread over the rows. */
  async *#pages({ item_id, rows }: StockedItem, part: number): AsyncGenerator<string[]> {
    const prefix = rowPrefix(item_id);
    const shard = shardOfItem(item_id, part);
    const start = rows > LIST_ROWS ? rowId(item_id, Math.floor(Math.random() * rows)) : prefix;
    const ranges = [
      [start, endOf(prefix)],
      [prefix, start],
    ] as const;
    for (const [begin, to] of start === prefix ? ranges.slice(0, 1) : ranges) {
      for (let from: string = begin, isLast = false; !isLast; ) {
        const ids = await this.#store.list('open', { shard, from, to, limit: LIST_ROWS });
        isLast = ids.length < LIST_ROWS;
        from = after(ids.at(-1) ?? from);
        yield ids;
      }
    }
  }
}

function shuffled<T>(values: T[]): T[] {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
