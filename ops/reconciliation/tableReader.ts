import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  paginateScan,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { fromItem } from '../../lib/adapters/dynamoItem.ts';
import { OPEN_SHARDS } from '../../lib/domain/order.ts';
import { faultyAttributes } from '../../lib/domain/storedRow.ts';
import type { Stage } from '../stage.ts';
import type { Amount, BookedCharge, BookedOrder } from './bookRules.ts';

export type Row = Record<string, AttributeValue>;

/** Reads both books, consistently. */
export interface BookReader {
  /** Page by page, without what only the sweeper's guard needs. */
  orders(): AsyncIterable<BookedOrder[]>;
  charges(): AsyncIterable<BookedCharge[]>;
  /** Those of the ids that are there. */
  ordersOf(orderIds: string[]): Promise<BookedOrder[]>;
  chargesOf(chargeIds: string[]): Promise<BookedCharge[]>;
}

/** What BatchGetItem takes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_AT_ONCE = 100;
/** A table is read in so many parts at once: while one page is decoded, the next is on its way. */
const SEGMENTS = 4;

export function bookReader({ clients: { dynamodb }, outputs }: Stage): BookReader {
  const wholeOrders = { TableName: outputs.OrdersTableName };
  const orders = { ...ORDER_COLUMNS, ...wholeOrders };
  const charges = { ...CHARGE_COLUMNS, TableName: outputs.ChargesTableName };

  async function* scan<T>(table: ScanCommandInput, read: (row: Row) => T): AsyncIterable<T[]> {
    const segments = Array.from({ length: SEGMENTS }, (_, Segment) =>
      paginateScan(
        { client: dynamodb },
        { ...table, Segment, TotalSegments: SEGMENTS, ConsistentRead: true },
      ),
    );
    for await (const { Items = [] } of asTheyCome(segments)) yield Items.map(read);
  }
  return {
    orders: () => scan(orders, readOrder),
    charges: () => scan(charges, readCharge),
    ordersOf: async (ids) =>
      (await readRows(dynamodb, wholeOrders, 'order_id', ids)).map(readWholeOrder),
    chargesOf: async (ids) => (await readRows(dynamodb, charges, 'charge_id', ids)).map(readCharge),
  };
}

/** The rows of a table that these ids name, those that are there. */
export async function readRows(
  dynamodb: DynamoDBClient,
  { TableName = '', ...columns }: ScanCommandInput,
  key: string,
  ids: string[],
): Promise<Row[]> {
  const read = async (keys: Row[]) => {
    const found: Row[] = [];
    for (let next = keys; next.length > 0; ) {
      const { Responses, UnprocessedKeys } = await dynamodb.send(
        new BatchGetItemCommand({
          RequestItems: { [TableName]: { ...columns, Keys: next, ConsistentRead: true } },
        }),
      );
      found.push(...(Responses?.[TableName] ?? []));
      next = UnprocessedKeys?.[TableName]?.Keys ?? [];
    }
    return found;
  };
  const keys = [...new Set(ids)].filter(isKey).map((id) => ({ [key]: { S: id } }));
  const batches = Array.from({ length: Math.ceil(keys.length / KEYS_AT_ONCE) }, (_, index) =>
    read(keys.slice(index * KEYS_AT_ONCE, (index + 1) * KEYS_AT_ONCE)),
  );
  return (await Promise.all(batches)).flat();
}

/** What each of the generators yields, as soon as it is there. */
async function* asTheyCome<T>(generators: AsyncGenerator<T>[]): AsyncGenerator<T> {
  const step = async (generator: AsyncGenerator<T>) => ({
    generator,
    result: await generator.next(),
  });
  const steps = new Map(generators.map((generator) => [generator, step(generator)]));
  try {
    while (steps.size > 0) {
      const { generator, result } = await Promise.race(steps.values());
      if (result.done) steps.delete(generator);
      else {
        steps.set(generator, step(generator));
        yield result.value;
      }
    }
  } finally {
    // Whoever stopped early does not hear what becomes of the others.
    for (const left of steps.values()) left.catch(() => {});
  }
}

/** DynamoDB refuses any other key, and has no row of it: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const isKey = (id: string): boolean => id !== '' && Buffer.byteLength(id) <= 2048;

/** The buyer's items stay where they are: they are most of a record, and no rule needs them of an order that has ended. */
const ORDER_COLUMNS = {
  ProjectionExpression:
    'order_id, #status, #way, total_cents, revision, accepted_at, lease_until, open_shard, sweep_at, cancel_reason',
  ExpressionAttributeNames: { '#status': 'status', '#way': 'way' },
};
const CHARGE_COLUMNS = {
  ProjectionExpression: 'charge_id, order_id, amount_cents, outcome, resolves_at',
};

/** What is missing or of a wrong type becomes a value that no rule accepts, never an error. */
export function readOrder(row: Row): BookedOrder {
  return {
    orderId: row.order_id?.S ?? '',
    status: row.status?.S ?? '',
    way: row.way?.S ?? '',
    total: amountOf(row.total_cents),
    revision: Number(row.revision?.N),
    acceptedAtMs: timeOf(row.accepted_at) ?? 0,
    leaseUntilMs: timeOf(row.lease_until),
    ...(row.cancel_reason?.S !== undefined && { cancelReason: row.cancel_reason.S }),
    sweepAtMs: isIndexed(row) ? sweepTimeOf(row.sweep_at) : undefined,
  };
}

/** With the guard of the sweeper, which passes over a row that is no order. */
export function readWholeOrder(row: Row): BookedOrder {
  return { ...readOrder(row), passedOverFor: faultyAttributes(fromItem(row)) };
}

export function readCharge(row: Row): BookedCharge {
  const chargeId = row.charge_id?.S ?? '';
  const named = row.order_id?.S ?? '';
  return {
    chargeId,
    orderId: named || (chargeId.split('#')[0] ?? ''),
    namesOrder: named !== '',
    amount: amountOf(row.amount_cents),
    outcome: row.outcome?.S ?? '',
    resolvesAtMs: timeOf(row.resolves_at) ?? 0,
  };
}

const amountOf = (value: AttributeValue | undefined): Amount => {
  const text = value?.N ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : text;
};

/** Whether the sweeper looks into the part of its index where the order is. */
const isIndexed = ({ open_shard }: Row): boolean =>
  OPEN_SHARDS.some((shard) => shard === open_shard?.S);

/** The sweeper's index compares times as texts, so that it is what is written that counts, whatever its zone. */
const sweepTimeOf = (value: AttributeValue | undefined): number | undefined =>
  timeOf(value) && timeOf({ S: `${WRITTEN_TIME.exec(value?.S ?? '')?.[0]}Z` });
const WRITTEN_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?/;

/** A time as the service writes it. */
function timeOf(value: AttributeValue | undefined): number | undefined {
  const text = value?.S ?? '';
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
