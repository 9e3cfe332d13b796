import {
  type AttributeValue,
  GetItemCommand,
  paginateScan,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Stage } from '../stage.ts';
import type { BookedCharge, BookedOrder } from './bookRules.ts';

type Row = Record<string, AttributeValue>;

/** Reads both books, consistently and page by page. */
export interface BookReader {
  orders(): AsyncIterable<BookedOrder[]>;
  charges(): AsyncIterable<BookedCharge[]>;
  order(orderId: string): Promise<BookedOrder | undefined>;
  charge(chargeId: string): Promise<BookedCharge | undefined>;
}

export function bookReader({ clients: { dynamodb }, outputs }: Stage): BookReader {
  const { OrdersTableName: orders, ChargesTableName: charges } = outputs;

  async function* scan<T>(input: ScanCommandInput, read: (row: Row) => T): AsyncIterable<T[]> {
    for await (const { Items = [] } of paginateScan({ client: dynamodb }, input)) {
      yield Items.map(read);
    }
  }
  async function get<T>(TableName: string, key: string, id: string, read: (row: Row) => T) {
    if (!isKey(id)) return undefined;
    const Key = { [key]: { S: id } };
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName, Key, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : read(Item);
  }

  return {
    orders: () => scan({ ...ORDER_COLUMNS, TableName: orders, ConsistentRead: true }, readOrder),
    charges: () => scan({ TableName: charges, ConsistentRead: true }, readCharge),
    order: (orderId) => get(orders, 'order_id', orderId, readOrder),
    charge: (chargeId) => get(charges, 'charge_id', chargeId, readCharge),
  };
}

/** DynamoDB refuses any other key, and has no row of it: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const isKey = (id: string): boolean => id !== '' && Buffer.byteLength(id) <= 2048;

/** The buyer's items stay where they are: they are most of a record, and no rule needs them. */
const ORDER_COLUMNS = {
  ProjectionExpression:
    'order_id, #status, #way, total_cents, revision, created_at, accepted_at, lease_until',
  ExpressionAttributeNames: { '#status': 'status', '#way': 'way' },
};

/** What is missing or of a wrong type becomes a value that no rule accepts, never an error. */
export function readOrder(row: Row): BookedOrder {
  return {
    orderId: row.order_id?.S ?? '',
    status: row.status?.S ?? '',
    way: row.way?.S ?? '',
    totalCents: Number(row.total_cents?.N),
    revision: Number(row.revision?.N ?? 1),
    acceptedAtMs: timeOf(row.accepted_at ?? row.created_at) ?? 0,
    leaseUntilMs: timeOf(row.lease_until),
  };
}

export function readCharge(row: Row): BookedCharge {
  const chargeId = row.charge_id?.S ?? '';
  return {
    chargeId,
    orderId: row.order_id?.S || (chargeId.split('#')[0] ?? ''),
    amountCents: Number(row.amount_cents?.N),
    outcome: row.outcome?.S ?? '',
    resolvesAtMs: timeOf(row.resolves_at) ?? 0,
  };
}

function timeOf(value: AttributeValue | undefined): number | undefined {
  const time = Date.parse(value?.S ?? '');
  return Number.isNaN(time) ? undefined : time;
}
