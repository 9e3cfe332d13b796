import type { HeldUnits } from './order.ts';
import type { Clock, StockStore } from './ports.ts';
import { randomness } from './randomness.ts';
import {
  after,
  endOf,
  ROW_UNITS,
  rowId,
  rowPrefix,
  type StockedItem,
  shardOfItem,
} from './stock.ts';

const LIST_ROWS = 50;
const CLAIMS_AT_ONCE = 16;
/** An item with fewer open rows is almost sold out. */
const FEW_ROWS = 32;
const READ_AT_ONCE = 8;
/** A longer memory costs claims that fail, each of which ends it; a shorter one asks, while a buyer waits. */
const REMEMBER_MS = 10_000;
/** An item that had too little is looked at before anything of it is claimed, for so long, and so often at most. */
const SCARCE_MS = 5_000;
const LOOK_MS = 1_000;
/** An environment comes back to a row that had nothing left after this time, so that a crowd does not heat it. */
const COOL_MS = 2_000;

interface Known {
  /** Rows that this environment has claimed from or read, and what they had free then. */
  seen: Map<string, number>;
  /** Rows that the index has, of which no more is known. */
  listed: Set<string>;
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
    if (nowMs - known.lookedAtMs >= LOOK_MS) await this.#look(item, known, units);
    return known.listed.size + freeIn(known.seen) >= units;
  }

  /** The item had too little for an order. */
  lacked(itemId: string): void {
    const known = this.#of(itemId);
    known.scarceUntilMs = this.#clock.now() + SCARCE_MS;
    known.lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Units have been freed, or may have been: what this environment saw before is out of date. */
  freed(itemId: string): void {
    this.#of(itemId).lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Rows to claim so many units from, or as many as go at once; none when nothing seems to be free. */
  async pick(item: StockedItem, units: number, tried: Set<string>): Promise<HeldUnits[]> {
    const known = this.#of(item.item_id);
    const untried = (ids: Iterable<string>) => shuffled([...ids].filter((id) => !tried.has(id)));
    const nowMs = this.#clock.now();
    if (nowMs < known.scarceUntilMs) return this.#pickRead(item, known, untried, units);
    const own = ofOwn(known, untried(known.seen.keys()), units);
    if (own !== undefined) return portions(own, units);
    const needed = Math.min(CLAIMS_AT_ONCE, Math.ceil(units / ROW_UNITS));
    const has = (rows: number) => untried(known.listed).length >= rows;
    if (nowMs - known.listedAtMs > REMEMBER_MS || !has(needed)) {
      await this.#list(item, known, () => has(FEW_ROWS));
      if (!has(FEW_ROWS)) known.scarceUntilMs = nowMs + SCARCE_MS;
      if (!has(FEW_ROWS)) return this.#pickRead(item, known, untried, units);
    }
    const listed = untried(known.listed).map((id): Free => [id, ROW_UNITS]);
    return portions([...listed, ...freeOf(known, untried(known.seen.keys()))], units);
  }

  /** Reads rows before it names them: where few are left, whatever was seen a moment ago is gone. */
  async #pickRead(
    item: StockedItem,
    known: Known,
    untried: (ids: Iterable<string>) => string[],
    units: number,
  ): Promise<HeldUnits[]> {
    const candidates = untried(new Set([...known.seen.keys(), ...known.listed]));
    for (let next = 0; next < candidates.length; next += READ_AT_ONCE) {
      const ids = candidates.slice(next, next + READ_AT_ONCE);
      await this.#read(item, ids);
      const rows = freeOf(known, ids);
      if (rows.length > 0) return portions(ofOwn(known, ids, units) ?? rows, units);
    }
    return [];
  }

  async #read({ item_id }: StockedItem, ids: string[]): Promise<void> {
    const rows = await Promise.all(ids.map((id) => this.#store.get(id)));
    for (const row of rows) if (row !== undefined) this.saw(item_id, row.row_id, row.free);
  }

  /** Whether a row seems to have just so many units. */
  isLast(itemId: string, id: string, units: number): boolean {
    return (this.#of(itemId).seen.get(id) ?? ROW_UNITS) === units;
  }

  /** What a claim has shown of a row. */
  saw(itemId: string, id: string, free: number): void {
    const known = this.#of(itemId);
    known.listed.delete(id);
    if (free > 0) known.seen.set(id, free);
    else known.seen.delete(id);
    if (free <= 0) this.#cooling.set(id, this.#clock.now() + COOL_MS);
  }

  /** A row had nothing left: others take from the rows that this environment knows. */
  missed(itemId: string): void {
    this.#of(itemId).listedAtMs = Number.NEGATIVE_INFINITY;
  }

  #of(itemId: string): Known {
    const known = this.#known.get(itemId) ?? {
      ...{ seen: new Map(), listed: new Set(), listedAtMs: Number.NEGATIVE_INFINITY },
      ...{ scarceUntilMs: 0, lookedAtMs: Number.NEGATIVE_INFINITY },
    };
    this.#known.set(itemId, known);
    return known;
  }

  /** Reads what open rows have, unless there are so many that one unit of each would do. */
  async #look(item: StockedItem, known: Known, units: number): Promise<void> {
    known.lookedAtMs = this.#clock.now();
    this.#cooling.clear();
    known.seen.clear();
    await this.#list(item, known, () => known.listed.size >= units);
    if (known.listed.size >= units) return;
    await this.#read(item, [...known.listed]);
  }

  /** One part of the index after the other until there are enough; all parts but the first at once. */
  async #list(item: StockedItem, known: Known, isEnough: () => boolean): Promise<void> {
    const nowMs = this.#clock.now();
    for (const [id, untilMs] of this.#cooling) if (untilMs <= nowMs) this.#cooling.delete(id);
    known.listed.clear();
    known.listedAtMs = nowMs;
    const [first, ...others] = shuffled(Array.from({ length: item.shards }, (_, part) => part));
    const add = async (part: number) => {
      for await (const ids of this.#pages(item, part)) {
        for (const id of ids)
          if (!this.#cooling.has(id) && !known.seen.has(id)) known.listed.add(id);
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
    const start =
      rows > LIST_ROWS ? rowId(item_id, Math.floor(randomness.fraction() * rows)) : prefix;
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

type Free = [rowId: string, units: number];

const freeOf = ({ seen }: Known, ids: string[]): Free[] =>
  ids.map((id): Free => [id, seen.get(id) ?? 0]).filter(([, free]) => free > 0);

/**
 * Where this environment has taken from before: others draw rows of their own by lot, so what it saw there is almost
 * sure to be so still. One row that has enough, or else several if they have enough together.
 */
function ofOwn(known: Known, ids: string[], units: number): Free[] | undefined {
  const rows = freeOf(known, ids);
  const enough = rows.find(([, free]) => free >= units);
  if (enough !== undefined) return [enough];
  const some = rows.slice(0, CLAIMS_AT_ONCE);
  return freeIn(some) >= units ? some : undefined;
}

const freeIn = (rows: Iterable<Free>): number => [...rows].reduce((sum, [, free]) => sum + free, 0);

/** So many units, of each row as many as it seems to have. */
function portions(rows: Free[], units: number): HeldUnits[] {
  let left = units;
  return rows.slice(0, CLAIMS_AT_ONCE).flatMap(([row_id, free]) => {
    const part = Math.min(left, free, ROW_UNITS);
    left -= part;
    return part > 0 ? [{ row_id, units: part }] : [];
  });
}

export function shuffled<T>(values: T[]): T[] {
  return values
    .map((value) => ({ value, place: randomness.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
