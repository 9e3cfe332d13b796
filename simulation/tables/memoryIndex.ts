import type { VirtualClock } from '../virtualClock.ts';
import { conditionOf, type Item, type Placeholders, textOf } from './expression.ts';

export interface IndexOptions {
  partitionKey: string;
  sortKey: string;
  tableKey: string[];
  clock: VirtualClock;
  lagMs: () => number;
}

export interface Query {
  KeyConditionExpression?: string;
  Limit?: number;
  ExclusiveStartKey?: Item | undefined;
}

interface Entry {
  /** Sort key, then the table's key: entries of a partition stand in this order. */
  place: string;
  item: Item;
}

/** What the index knows of an item of the table. */
interface Followed {
  /** The newest change that was heard of: an older one that comes late changes nothing. */
  version: number;
  /** Changes that it has not heard of yet. */
  underway: number;
  /** Where the item stands now. */
  entries: Entry[] | undefined;
  place: string;
}

/** An index of a table that hears of each change a little later. An item without both keys is not in it. */
export class MemoryIndex {
  readonly #options: IndexOptions;
  readonly #partitions = new Map<string, Entry[]>();
  readonly #followed = new Map<string, Followed>();
  #version = 0;

  constructor(options: IndexOptions) {
    this.#options = options;
  }

  follow(id: string, item: Item): void {
    const { clock, lagMs } = this.#options;
    let followed = this.#followed.get(id);
    if (followed === undefined) {
      if (!this.#holds(item)) return;
      followed = { version: 0, underway: 0, entries: undefined, place: '' };
      this.#followed.set(id, followed);
    }
    followed.underway += 1;
    const version = ++this.#version;
    const hear = () => this.#hear(id, followed, item, version);
    const delayMs = lagMs();
    if (delayMs <= 0) hear();
    else clock.setPlainTimeout(hear, delayMs);
  }

  query(request: Query, placeholders: Placeholders): Item[] {
    const { KeyConditionExpression: text = '', Limit = 1000, ExclusiveStartKey } = request;
    const holds = conditionOf(text);
    const found: Item[] = [];
    const after = ExclusiveStartKey && this.#placeOf(ExclusiveStartKey);
    for (const partition of this.#candidates(placeholders))
      for (const { place, item } of this.#partitions.get(partition) ?? []) {
        if (after !== undefined && place <= after) continue;
        if (!holds(item, placeholders)) continue;
        found.push(item);
        if (found.length === Limit) return found;
      }
    return found;
  }

  /** The key condition names its partition by a value: only partitions of such a name can hold what it asks for. */
  #candidates({ values }: Placeholders): string[] {
    return Object.values(values)
      .map(textOf)
      .filter((text) => this.#partitions.has(text));
  }

  #holds(item: Item): boolean {
    const { partitionKey, sortKey } = this.#options;
    return partitionKey in item && sortKey in item;
  }

  #hear(id: string, followed: Followed, item: Item, version: number): void {
    followed.underway -= 1;
    if (version > followed.version) {
      followed.version = version;
      remove(followed);
      if (this.#holds(item)) this.#add(followed, item);
    }
    if (followed.underway === 0 && followed.entries === undefined) this.#followed.delete(id);
  }

  #add(followed: Followed, item: Item): void {
    const partition = textOf(item[this.#options.partitionKey]);
    const place = this.#placeOf(item);
    const entries = this.#partitions.get(partition) ?? [];
    this.#partitions.set(partition, entries);
    entries.splice(indexOfPlace(entries, place), 0, { place, item });
    Object.assign(followed, { entries, place });
  }

  #placeOf(item: Item): string {
    const { sortKey, tableKey } = this.#options;
    return `${textOf(item[sortKey])}\n${placeOf(item, tableKey)}`;
  }
}

function remove(followed: Followed): void {
  const { entries, place } = followed;
  entries?.splice(indexOfPlace(entries, place), 1);
  followed.entries = undefined;
}

/** The values of a key in one text. */
export function placeOf(item: Item, key: readonly string[]): string {
  const [first = '', ...others] = key;
  const text = textOf(item[first]);
  return others.length === 0
    ? text
    : others.reduce((all, name) => `${all}\n${textOf(item[name])}`, text);
}

/** Where a place is, or would be. */
function indexOfPlace(entries: Entry[], place: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.place ?? '') < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
