import type { VirtualClock } from '../virtualClock.ts';
import { changesOf, conditionOf, type Item, type Placeholders } from './expression.ts';
import { MemoryIndex, placeOf, type Query } from './memoryIndex.ts';

interface Expressions {
  ConditionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Item | undefined;
}

export interface TableRequest extends Expressions, Query {
  Key?: Item;
  Item?: Item;
  UpdateExpression?: string;
  ReturnValues?: string;
  IndexName?: string;
  ConsistentRead?: boolean;
}

export interface TableAnswer {
  Item?: Item;
  Items?: Item[];
  Attributes?: Item | undefined;
}

export interface IndexDefinition {
  partitionKey: string;
  sortKey: string;
}

export interface TableOptions {
  clock: VirtualClock;
  /** Attributes that make the key. */
  key: string[];
  indexes?: Record<string, IndexDefinition>;
  /** How far an index is behind the table. */
  lagMs?: () => number;
  /** The same of a read that does not ask for a consistent one. */
  readLagMs?: () => number;
}

/** No read lags by more. */
const MOST_LAG_MS = 10_000;

/** A DynamoDB table in memory: writes hold their condition, indexes and reads lag unless a read is consistent. */
export class MemoryTable {
  readonly items = new Map<string, Item>();
  /** What stood before the newest write of an item. */
  readonly #before = new Map<string, { item: Item | undefined; replacedAtMs: number }>();
  readonly #options: TableOptions;
  readonly #indexes: Map<string, MemoryIndex>;

  constructor(options: TableOptions) {
    this.#options = options;
    const { indexes = {}, key, clock, lagMs = () => 0 } = options;
    this.#indexes = new Map(
      Object.entries(indexes).map(([name, definition]) => [
        name,
        new MemoryIndex({ ...definition, tableKey: key, clock, lagMs }),
      ]),
    );
  }

  call(operation: string, request: TableRequest): TableAnswer {
    switch (operation) {
      case 'GetItem':
        return this.#get(request);
      case 'PutItem':
        return this.#write(request.Item ?? {}, request, () => request.Item ?? {});
      case 'UpdateItem':
        return this.#update(request);
      case 'Query':
        return { Items: this.#index(request.IndexName).query(request, placeholdersOf(request)) };
      default:
        throw new Error(`The simulated tables do not know the operation ${operation}`);
    }
  }

  #get({ Key = {}, ConsistentRead = false }: TableRequest): TableAnswer {
    const id = this.#keyOf(Key);
    const item = ConsistentRead ? this.items.get(id) : this.#lagging(id);
    return item === undefined ? {} : { Item: item };
  }

  #lagging(id: string): Item | undefined {
    const { clock, readLagMs = () => 0 } = this.#options;
    const before = this.#before.get(id);
    return before !== undefined && clock.now() - readLagMs() < before.replacedAtMs
      ? before.item
      : this.items.get(id);
  }

  #update(request: TableRequest): TableAnswer {
    const { Key = {}, UpdateExpression = '' } = request;
    const changes = changesOf(UpdateExpression);
    const placeholders = placeholdersOf(request);
    return this.#write(Key, request, (standing) => {
      const item = { ...(standing ?? Key) };
      for (const change of changes) change(item, placeholders);
      return item;
    });
  }

  /** Rows are replaced, never changed: whoever read one may keep it. */
  #write(key: Item, request: TableRequest, next: (standing?: Item) => Item): TableAnswer {
    const id = this.#keyOf(key);
    const standing = this.items.get(id);
    const { ConditionExpression: condition } = request;
    if (condition !== undefined && !conditionOf(condition)(standing ?? {}, placeholdersOf(request)))
      throw conditionalCheckFailed();
    const item = next(standing);
    this.#keepBefore(id, standing);
    this.items.set(id, item);
    for (const index of this.#indexes.values()) index.follow(id, item);
    return { Attributes: request.ReturnValues === 'ALL_OLD' ? standing : item };
  }

  /** For reads that lag, in the order of the writes; what no read can lag behind is forgotten. */
  #keepBefore(id: string, item: Item | undefined): void {
    const replacedAtMs = this.#options.clock.now();
    this.#before.delete(id);
    this.#before.set(id, { item, replacedAtMs });
    for (const [oldest, before] of this.#before) {
      if (replacedAtMs - before.replacedAtMs <= MOST_LAG_MS) return;
      this.#before.delete(oldest);
    }
  }

  #index(name = ''): MemoryIndex {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`There is no index ${name}`);
    return index;
  }

  #keyOf(item: Item): string {
    return placeOf(item, this.#options.key);
  }
}

const placeholdersOf = (request: Expressions): Placeholders => ({
  names: request.ExpressionAttributeNames ?? {},
  values: request.ExpressionAttributeValues ?? {},
});

const conditionalCheckFailed = (): Error =>
  Object.assign(new Error('The conditional request failed'), {
    name: 'ConditionalCheckFailedException',
  });
