import type { Clock } from '../../local/clock.ts';
import { conditionOf, type Item, type Placeholders, textOf } from './expression.ts';

export interface IndexOptions {
  partitionKey: string;
  sortKey: string;
  tableKey: string[];
  clock: Clock;
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

/** An index of a table that hears of each change a little later. An item without both keys is not in it. */
export class MemoryIndex {
  readonly #options: IndexOptions;
  readonly #partitions = new Map<string, Entry[]>();
  /** Where an item stands now. */
  readonly #places = new Map<string, { partition: string; place: string }>();
  /** The newest change of an item that was heard of: an older one that comes late changes nothing. */
  readonly #versions = new Map<string, number>();
  #version = 0;

  constructor(options: IndexOptions) {
    this.#options = options;
  }

  follow(id: string, item: Item): void {
    const { clock, lagMs, partitionKey, sortKey } = this.#options;
    const isIn = partitionKey in item && sortKey in item;
    if (!isIn && !this.#versions.has(id)) return;
    const version = ++this.#version;
    const delayMs = lagMs();
    if (!this.#versions.has(id)) this.#versions.set(id, 0);
    if (delayMs <= 0) this.#apply(id, item, version);
    else clock.setTimeout(() => this.#apply(id, item, version), delayMs);
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

  #apply(id: string, item: Item, version: number): void {
    if (version < (this.#versions.get(id) ?? 0)) return;
    this.#versions.set(id, version);
    this.#remove(id);
    const { partitionKey, sortKey } = this.#options;
    if (!(partitionKey in item && sortKey in item)) return;
    const [partition, place] = [textOf(item[partitionKey]), this.#placeOf(item)];
    const entries = this.#partitions.get(partition) ?? [];
    this.#partitions.set(partition, entries);
    entries.splice(indexOfPlace(entries, place), 0, { place, item });
    this.#places.set(id, { partition, place });
  }

  #remove(id: string): void {
    const standing = this.#places.get(id);
    if (standing === undefined) return;
    this.#places.delete(id);
    const entries = this.#partitions.get(standing.partition) ?? [];
    entries.splice(indexOfPlace(entries, standing.place), 1);
    if (entries.length === 0) this.#partitions.delete(standing.partition);
  }

  #placeOf(item: Item): string {
    const { sortKey, tableKey } = this.#options;
    return [sortKey, ...tableKey].map((name) => textOf(item[name])).join('\n');
  }
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
