import type { HeldUnits, Item, Order } from './order.ts';

/**
 * The units of an item stand in rows of ten, and each hold is an attribute of its row, named by its holder. So one
 * conditional write claims units, a repeated one finds its own, and a full row is as small as a write unit.
 */
export const ROW_UNITS = 10;

/** Units that belong to an order until it ends, or that its buyer has paid. */
export interface Hold {
  units: number;
  /** When they were claimed, in milliseconds since 1970. */
  at: number;
  /** The customer's id. */
  by: number;
  /** The most units of the item that its customer might have then; missing where there was no limit. */
  limit?: number;
  /** Its order is completed: they never come back. */
  sold?: boolean;
}

/** What one holder has in a row. */
export interface Holding {
  holder: string;
  units: number;
}

/** A row of units, or the row that counts what one customer has of an item: that one counts down from 0. */
export interface StockRow {
  row_id: string;
  /** A row of units only. */
  capacity?: number;
  free: number;
  holds: Map<string, Hold>;
}

/** An item that has a stock, however little of it is left; any other is unlimited. */
export interface StockedItem {
  item_id: string;
  /** What the operator asked for; more or less than the rows have only while a change is under way. */
  stock: number;
  rows: number;
  /** The parts of both indexes that its rows stand in. */
  shards: number;
  /** When it was given a stock. */
  since: string;
}

export const holderOf = ({ order_id, attempt_id }: Pick<Order, 'order_id' | 'attempt_id'>) =>
  `${order_id}.${attempt_id}`;

/** The order and the request that a holder stands for. */
export function readHolder(holder: string): { orderId: string; attemptId: string } {
  const [orderId = '', attemptId = ''] = holder.split('.', 2);
  return { orderId, attemptId };
}

export const isHolder = (attribute: string): boolean =>
  /^ord_[0-9a-f]{32}\.[\w-]+$/.test(attribute);

const ROW = 'units/';
const CUSTOMER = 'customer/';

/** An item's id may contain anything; in a row's id it has no slash. */
const encoded = encodeURIComponent;

export const itemRowId = (itemId: string): string => `item/${encoded(itemId)}`;
/** Of all rows of an item, and of no other. */
export const rowPrefix = (itemId: string): string => `${ROW}${encoded(itemId)}/`;
export const rowId = (itemId: string, row: number): string =>
  `${rowPrefix(itemId)}${String(row).padStart(7, '0')}`;
export const customerRowId = (customerId: number, itemId: string): string =>
  `${CUSTOMER}${customerId}/${encoded(itemId)}`;
export const isRowOfUnits = (id: string): boolean => id.startsWith(ROW);
export const itemOfRow = (id: string): string =>
  decodeURIComponent(id.slice(ROW.length, id.lastIndexOf('/')));
/** After every id that begins with it. */
export const endOf = (prefix: string): string => `${prefix}~`;
/** Before every id that comes after this one. */
export const after = (id: string): string => `${id}!`;

/** Parts of the indexes of open and of held rows: of an index too, one part takes 1,000 writes a second. */
export const STOCK_SHARDS = 16;
const ROWS_PER_SHARD = 100;

export const shardsOf = (rows: number): number =>
  Math.min(STOCK_SHARDS, Math.max(1, Math.ceil(rows / ROWS_PER_SHARD)));

/** One part of the indexes; items of few rows are spread over them. */
export const shardOfItem = (itemId: string, part: number): string =>
  String((sumOf(itemId) + part) % STOCK_SHARDS);

/** The part that a row stands in. */
export function shardOf(id: string, shards: number): string {
  if (!isRowOfUnits(id)) return String(sumOf(id) % STOCK_SHARDS);
  return shardOfItem(itemOfRow(id), Number(id.slice(id.lastIndexOf('/') + 1)) % shards);
}

const sumOf = (text: string): number =>
  [...text].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0);

/** What an order asks for: an item that stands in it twice, once. */
export function quantities(items: Item[]): Map<string, number> {
  const asked = new Map<string, number>();
  for (const { item_id, quantity } of items)
    asked.set(item_id, (asked.get(item_id) ?? 0) + quantity);
  return asked;
}

export const unitsOf = (held: HeldUnits[]): number =>
  held.filter(({ row_id }) => isRowOfUnits(row_id)).reduce((sum, { units }) => sum + units, 0);

/** Whether a sale was the one that sold the holder's units: of the row as it was before. */
export const hadUnpaid = (before: StockRow | undefined, holder: string): boolean =>
  before !== undefined && before.holds.get(holder)?.sold !== true;

export const hasUnpaid = ({ holds }: StockRow, ...except: string[]): boolean =>
  [...holds].some(([holder, { sold }]) => sold !== true && !except.includes(holder));
