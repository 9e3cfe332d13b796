import type { Clock, StockStore } from './ports.ts';
import { endOf, rowId, rowPrefix, type StockedItem, shardOfItem } from './stock.ts';

const LIST_ROWS = 50;
/** A longer memory costs claims that fail, a shorter one more questions. */
const REMEMBER_MS = 1_000;
/** After this time a buyer may be sold what somebody else has freed. */
const SOLD_OUT_MS = 250;
/** One environment tries a row that had too little at most once in this time, so that a crowd does not heat it. */
const COOL_MS = 1_000;

interface Known {
  /** How many each row has free, as far as this environment has seen. */
  rows: Map<string, number>;
  listedAtMs: number;
  soldOutUntilMs: number;
}

/**
 * Where units seem to be free, as one execution environment remembers it. It may be wrong at any time: a claim alone
 * decides.
 */
export class OpenRows {
  readonly #store: Pick<StockStore, 'list'>;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly #cooling = new Map<string, number>();

  constructor(store: Pick<StockStore, 'list'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Up to `count` rows to try for so many units each, in any order; none when nothing seems to be free. */
  async pick(item: StockedItem, count: number, units: number, tried: Set<string>) {
    const known = this.#of(item.item_id);
    const usable = () => [...known.rows.keys()].filter((id) => !tried.has(id));
    const isOld = this.#clock.now() - known.listedAtMs > REMEMBER_MS;
    if (isOld || usable().length < count) await this.#list(item, known, count, tried);
    const rows = shuffled(usable());
    // Those that are known to have enough come first.
    const enough = rows.filter((id) => (known.rows.get(id) ?? 0) >= units);
    return [...new Set([...enough, ...rows])].slice(0, count);
  }

  /** What a claim has shown of a row. */
  saw(itemId: string, id: string, free: number, isRefused = false): void {
    const known = this.#of(itemId);
    if (isRefused) this.#cooling.set(id, this.#clock.now() + COOL_MS);
    if (free > 0 && !isRefused) known.rows.set(id, free);
    else known.rows.delete(id);
  }

  #of(itemId: string): Known {
    const known = this.#known.get(itemId) ?? {
      rows: new Map(),
      listedAtMs: Number.NEGATIVE_INFINITY,
      soldOutUntilMs: 0,
    };
    this.#known.set(itemId, known);
    return known;
  }

  async #list(item: StockedItem, known: Known, count: number, tried: Set<string>): Promise<void> {
    const nowMs = this.#clock.now();
    if (nowMs < known.soldOutUntilMs) return;
    for (const [id, untilMs] of this.#cooling) if (untilMs <= nowMs) this.#cooling.delete(id);
    known.rows.clear();
    known.listedAtMs = nowMs;
    const isEnough = () => [...known.rows.keys()].filter((id) => !tried.has(id)).length >= count;
    const [first, ...others] = shuffled(Array.from({ length: item.shards }, (_, part) => part));
    if (first !== undefined) await this.#ask(item, known, first);
    if (!isEnough()) await Promise.all(others.map((part) => this.#ask(item, known, part)));
    if (known.rows.size === 0) known.soldOutUntilMs = nowMs + SOLD_OUT_MS;
  }

  /** From a row drawn by lot on, so that environments spread over the rows; from the first one where few are left. */
  async #ask({ item_id, rows }: StockedItem, known: Known, part: number): Promise<void> {
    const prefix = rowPrefix(item_id);
    const place = { shard: shardOfItem(item_id, part), to: endOf(prefix), limit: LIST_ROWS };
    const start = rowId(item_id, Math.floor(Math.random() * rows));
    const found = rows > LIST_ROWS ? await this.#store.list('open', { ...place, from: start }) : [];
    if (found.length < LIST_ROWS)
      found.push(...(await this.#store.list('open', { ...place, from: prefix })));
    for (const id of found) if (!this.#cooling.has(id)) known.rows.set(id, 1);
  }
}

function shuffled<T>(values: T[]): T[] {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
