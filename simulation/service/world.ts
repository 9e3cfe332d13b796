import { dynamoChargeBook } from '../../lib/adapters/dynamoChargeBook.ts';
import type { DynamoClient } from '../../lib/adapters/dynamoClient.ts';
import { paymentFaultsSchema } from '../../lib/domain/declinesAndFaults.ts';
import type { AsyncOrder, Order } from '../../lib/domain/order.ts';
import type { OrderEvent } from '../../lib/domain/orderEvents.ts';
import { keyedOrderId } from '../../lib/domain/orderIdentity.ts';
import type { PaymentProvider } from '../../lib/domain/ports.ts';
import { simulatedPayment } from '../../lib/domain/simulatedPayment.ts';
import { itemRowId, ROW_UNITS, rowId, shardOf, shardsOf } from '../../lib/domain/stock.ts';
import { MemoryEventStore } from '../lambda/memoryEventStore.ts';
import { MemoryQueue } from '../messaging/memoryQueue.ts';
import { MemoryTopic } from '../messaging/memoryTopic.ts';
import { SeededRandom } from '../seededRandom.ts';
import { type Item, textOf } from '../tables/expression.ts';
import { MemoryTable, type TableAnswer, type TableRequest } from '../tables/memoryTable.ts';
import { VirtualClock } from '../virtualClock.ts';
import { Chronicle } from './chronicle.ts';
import { Fates } from './fates.ts';
import type { History } from './history.ts';
import { Laws } from './laws.ts';
import { sizesOf } from './sizes.ts';

const ARN = 'arn:aws:sqs:us-east-1:000000000000:';
const MAX_RECEIVE_COUNT = 5;
const STOCKED = 'lamp';
const CALM_LAG_MS = 10;
const CALM_DELIVERY_MS = 20;

/** Everything that outlives the stage's process: its data, its messages, the time, and what goes wrong. */
export class World {
  readonly clock = new VirtualClock();
  readonly chronicle = new Chronicle(this.clock);
  readonly random: SeededRandom;
  readonly fates: Fates;
  readonly laws: Laws;
  readonly tables: Record<'orders' | 'charges' | 'operations' | 'stock', MemoryTable>;
  readonly deadLetters: MemoryQueue;
  readonly directDeadLetters: MemoryQueue;
  readonly queue: MemoryQueue;
  readonly topic: MemoryTopic;
  readonly asyncStore = new MemoryEventStore();
  /** Another company's: it goes on whatever becomes of the environment that asked it. */
  readonly provider: PaymentProvider;
  readonly history: History;
  readonly sizes: ReturnType<typeof sizesOf>;
  readonly #ids = new Map<number, string>();
  readonly #names = new Map<string, string>();
  version = 1;
  isProviderDown = false;
  readonly endsAtMs: number;

  constructor(history: History) {
    const { seed, rates, settings, lastsMs, only } = history;
    const { clock, chronicle } = this;
    this.history = history;
    this.sizes = sizesOf(settings);
    this.random = new SeededRandom(`${seed}/run`);
    this.endsAtMs = clock.now() + lastsMs;
    this.fates = new Fates({
      seed,
      rates,
      clock,
      chronicle,
      endsAtMs: this.endsAtMs,
      only: only && new Set(only),
    });
    this.tables = this.#makeTables();
    this.provider = this.#makeProvider();
    this.laws = new Laws(this);
    const queueOf = (name: string, more = {}) =>
      new MemoryQueue({
        ...{ arn: `${ARN}${name}`, clock, visibilitySeconds: this.sizes.visibilitySeconds },
        ...more,
      });
    this.deadLetters = queueOf('dead-letters');
    this.directDeadLetters = queueOf('direct-dead-letters');
    const redrive = { maxReceiveCount: MAX_RECEIVE_COUNT, deadLetters: this.deadLetters };
    const onDelete = (body: string, handle: string) => this.laws.acknowledged(body, handle);
    this.queue = queueOf('orders', { redrive, onDelete });
    this.topic = new MemoryTopic({ clock, copies: ({ message }, to) => this.#copies(message, to) });
    for (const { number } of history.buyers) {
      const id = keyedOrderId(this.sizes.salt, number, `key-${number}`);
      this.#ids.set(number, id);
      this.#names.set(id, `order ${number}`);
    }
    if (settings.units !== undefined) this.#stock(settings.units);
  }

  get seed(): number {
    return this.history.seed;
  }

  get settings() {
    return this.history.settings;
  }

  /** As a buyer's key makes it. */
  orderIdOf(buyer: number): string {
    return this.#ids.get(buyer) ?? '';
  }

  /** What a reader calls an order. */
  nameOf(orderId: string): string {
    return this.#names.get(orderId) ?? orderId;
  }

  /** What a call is about, the same in every run of a history. */
  subjectOf(request: NamedRequest): string {
    const { TableName, IndexName, Key, Item: put, RequestItems } = request;
    if (RequestItems !== undefined)
      return Object.entries(RequestItems)
        .flatMap(([name, { Keys }]) => Keys.map((key) => ({ TableName: name, Key: key })))
        .map((read) => this.subjectOf(read))
        .join(', ');
    if (IndexName !== undefined)
      return `the index ${IndexName} ${textOf(request.ExpressionAttributeValues?.[':shard'])}`;
    const id = idIn(put ?? Key);
    return TableName === 'orders' ? this.nameOf(id) : `${TableName} ${id}`;
  }

  callTable(operation: string, request: NamedRequest): TableAnswer | BatchAnswer {
    if (operation === 'BatchGetItem') return this.#readTogether(request.RequestItems ?? {});
    const { TableName, Item: put, Key } = request;
    const answer = this.#table(TableName).call(operation, request);
    if (operation !== 'GetItem' && operation !== 'Query')
      this.chronicle.note(`${operation} of ${TableName} ${idIn(put ?? Key)}`);
    if (operation === 'PutItem' && TableName === 'orders') this.laws.stored(put ?? {});
    return answer;
  }

  #readTogether(asked: ReadsTogether): BatchAnswer {
    const rowsOf = ([name, { Keys, ...reading }]: [string, ReadsTogether[string]]) => [
      name,
      Keys.flatMap((Key) => this.#table(name).call('GetItem', { Key, ...reading }).Item ?? []),
    ];
    return { Responses: Object.fromEntries(Object.entries(asked).map(rowsOf)) };
  }

  #table = (name: string): MemoryTable => this.tables[name as keyof World['tables']];

  queueDepth() {
    return { waiting: this.queue.visible, inHand: this.queue.inFlight };
  }

  onPublish(order: AsyncOrder): void {
    this.laws.published(order);
  }

  report = (event: OrderEvent): void => this.laws.reported(event);

  /** Rows of the orders table. */
  orders(): Item[] {
    return [...this.tables.orders.items.values()];
  }

  orderRow(orderId: string): Item | undefined {
    return this.tables.orders.items.get(orderId);
  }

  #makeTables(): World['tables'] {
    const { clock, fates } = this;
    const lagOf = (what: string) => () =>
      fates.areOver ? CALM_LAG_MS : Math.floor(2_000 * fates.fraction(`lag of ${what}`) ** 4);
    const lags = { lagMs: lagOf('an index'), readLagMs: lagOf('a read') };
    const table = (key: string[], indexes = {}) =>
      new MemoryTable({ clock, key, indexes, ...lags });
    return {
      orders: table(['order_id'], {
        'open-orders': { partitionKey: 'open_shard', sortKey: 'sweep_at' },
      }),
      charges: table(['charge_id']),
      operations: table(['subject', 'at_id']),
      stock: table(['row_id'], {
        open: { partitionKey: 'open_in', sortKey: 'row_id' },
        held: { partitionKey: 'held_in', sortKey: 'row_id' },
      }),
    };
  }

  #makeProvider(): PaymentProvider {
    const book = {
      call: async (operation: string, request: NamedRequest) => this.callTable(operation, request),
    } as unknown as DynamoClient;
    const { paymentSeconds, decline } = this.settings;
    return simulatedPayment({
      ...{ book: dynamoChargeBook(book, 'charges'), clock: this.clock },
      durationMs: paymentSeconds * 1000,
      faults: FAULTS.parse({ decline, seed: this.seed }),
    });
  }

  #copies(message: string, to: string): number[] {
    if (this.fates.areOver) return [CALM_DELIVERY_MS];
    const { order_id } = JSON.parse(message) as Pick<Order, 'order_id'>;
    const occasion = `the message of ${this.nameOf(order_id)} to the ${to}`;
    const fate = this.fates.of('message', occasion);
    const usualMs = 5 + 60 * this.fates.fraction(`delay of ${occasion}`);
    const lateMs = usualMs + 30_000 * this.fates.fraction(`lateness of ${occasion}`);
    if (fate === 'lost') return [];
    if (fate === 'late') return [lateMs];
    return fate === 'doubled' ? [usualMs, lateMs] : [usualMs];
  }

  #stock(units: number): void {
    const rows = Math.ceil(units / ROW_UNITS);
    const shards = shardsOf(rows);
    const put = (row: Item) => this.tables.stock.call('PutItem', { Item: row });
    const number = (value: number) => ({ N: String(value) });
    const counts = { stock: number(units), rows: number(rows), shards: number(shards) };
    const since = { S: new Date(this.clock.now()).toISOString() };
    put({ row_id: { S: itemRowId(STOCKED) }, item_id: { S: STOCKED }, since, ...counts });
    for (let row = 0; row < rows; row += 1) {
      const id = rowId(STOCKED, row);
      const place = { S: shardOf(id, shards) };
      const free = number(Math.min(ROW_UNITS, units - row * ROW_UNITS));
      put({ row_id: { S: id }, capacity: free, free, place, open_in: place });
    }
  }
}

const FAULTS = paymentFaultsSchema();
const idIn = (about: Item = {}): string => textOf(about.order_id ?? Object.values(about)[0]);

/** What somebody sends to the queue. */
export const NO_ORDER = '{"greeting":"hello"}';

export const ITEM = { item_id: STOCKED, name: 'Lamp', price: 19.99 };

type ReadsTogether = Record<string, { Keys: Item[]; ConsistentRead: boolean }>;
interface BatchAnswer {
  Responses: Record<string, Item[]>;
}
export type NamedRequest = TableRequest & { TableName: string; RequestItems?: ReadsTogether };
