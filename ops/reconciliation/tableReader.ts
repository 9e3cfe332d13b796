import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  paginateScan,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { OPEN_SHARDS, WAYS } from '../../lib/domain/order.ts';
import type { Stage } from '../stage.ts';
import type { Amount, BookedCharge, BookedOrder } from './bookRules.ts';

export type Row = Record<string, AttributeValue>;

/** Reads both books, consistently. */
export interface BookReader {
  /** Page by page. */
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
  const orders = { ...ORDER_COLUMNS, TableName: outputs.OrdersTableName };
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
    ordersOf: async (ids) => (await readRows(dynamodb, orders, 'order_id', ids)).map(readOrder),
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

/** The buyer's items stay where they are: they are most of a record, and no rule needs them. */
const ORDER_COLUMNS = {
  ProjectionExpression:
    'order_id, #status, #way, total_cents, revision, accepted_at, lease_until, open_shard, sweep_at',
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
    sweepAtMs: isSwept(row) ? sweepTimeOf(row.sweep_at) : undefined,
  };
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

/** Whether the sweeper finds the order in its index, and does not pass it over as a row that is none. */
const isSwept = ({ open_shard, way, revision, accepted_at }: Row): boolean =>
  OPEN_SHARDS.some((shard) => shard === open_shard?.S) &&
  WAYS.some((known) => known === way?.S) &&
  Number(revision?.N) >= 1 &&
  Number.isSafeInteger(Number(revision?.N)) &&
  timeOf(accepted_at) !== undefined;

/** The sweeper's index compares times as texts, so that it is what is written that counts, whatever its zone. */
const sweepTimeOf = (value: AttributeValue | undefined): number | undefined =>
  timeOf(value) && timeOf({ S: `${value?.S?.replace(/Z$|[+-]\d\d:\d\d$/, '')}Z` });

/** A time as the service writes it. */
function timeOf(value: AttributeValue | undefined): number | undefined {
  const text = value?.S ?? '';
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
