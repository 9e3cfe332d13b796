import type { Violation } from '../../contracts/reconciliation.ts';
import type { StockTotals } from '../../contracts/stock.ts';
import type { HeldUnits } from '../../lib/domain/order.ts';
import {
  type Hold,
  isRowOfUnits,
  itemOfRow,
  readHolder,
  type StockedItem,
} from '../../lib/domain/stock.ts';
import type { BookedRow } from './stockTable.ts';

/** An order as far as the stock's books need it. */
export interface StockOrder {
  orderId: string;
  attemptId: string;
  status: string;
  acceptedAtMs: number;
  asked: Map<string, number>;
  held: HeldUnits[];
}

export const STOCK_RULES = {
  rows: 'd-stock-adds-up',
  holders: 'e-units-have-one-order',
  orders: 'f-order-has-its-units',
  customers: 'g-customer-within-limit',
} as const;

/** Until then every environment has heard that an item has a stock. */
const ITEM_KNOWN_MS = 5_000;

export interface StockMoment {
  nowMs: number;
  /** The age at which a hold that no order stands for has been freed; undefined where no sweeper runs. */
  sweptAfterMs: number | undefined;
}

interface Holding {
  row: BookedRow;
  hold: Hold;
}

/** The stock as it was read, held against every order that is shown to it. */
export class StockBooks {
  readonly #items = new Map<string, StockedItem>();
  readonly #rows: BookedRow[];
  readonly #moment: StockMoment;
  /** By holder. What no order claims stays. */
  readonly #unclaimed = new Map<string, Holding[]>();
  /** What each customer has of each item that was bought under a limit. */
  readonly #limited = new Map<string, { who: string; units: number; limit: number }>();
  readonly #totals = new Map<string, StockTotals>();
  readonly violations: Violation[] = [];

  constructor(items: StockedItem[], rows: BookedRow[], moment: StockMoment) {
    this.#rows = rows;
    this.#moment = moment;
    for (const item of items) {
      this.#items.set(item.item_id, item);
      const { item_id } = item;
      this.#totals.set(item_id, { item_id, stock: 0, free: 0, held: 0, sold: 0 });
    }
    for (const row of rows) this.#readRow(row);
  }

  /** Judges one order by its units, and its units by the order. */
  add(order: StockOrder): void {
    const holder = `${order.orderId}.${order.attemptId}`;
    const own = this.#unclaimed.get(holder) ?? [];
    this.#unclaimed.delete(holder);
    for (const holding of own) this.#judgeHold(order, holding);
    if (order.status !== 'completed' && order.status !== 'pending') return;
    this.#judgeOrder(order, own);
    for (const holding of own) this.#countForCustomer(holding);
  }

  /** What is left when all orders were shown. */
  close(): { totals: StockTotals[]; violations: Violation[] } {
    for (const [holder, holdings] of this.#unclaimed) {
      for (const holding of holdings) {
        const { orderId } = readHolder(holder);
        this.#count(holding, 'held');
        this.#judgeLeft(orderId, holding, 'there is no order of that request');
      }
    }
    for (const item of this.#items.values()) this.#judgeItem(item);
    for (const { who, units, limit } of this.#limited.values())
      if (units > limit)
        this.#name(STOCK_RULES.customers, '', `${who}: has ${units}, and may have ${limit}`);
    return { totals: [...this.#totals.values()], violations: this.violations };
  }

  #readRow(row: BookedRow): void {
    const { rowId, capacity = 0, free, isForSale, isSwept } = row;
    let held = 0;
    let unpaid = 0;
    for (const [holder, hold] of row.holds) {
      held += hold.units;
      if (!hold.sold) unpaid += hold.units;
      const known = this.#unclaimed.get(holder);
      if (known === undefined) this.#unclaimed.set(holder, [{ row, hold }]);
      else known.push({ row, hold });
    }
    const isUnits = isRowOfUnits(rowId);
    const counts = `${free} free and ${held} held or sold of ${capacity}`;
    if (free + held !== capacity || (isUnits && free < 0) || !isWhole(row))
      this.#name(STOCK_RULES.rows, '', `${rowId} does not add up: ${counts}`);
    if (isUnits && free > 0 && !isForSale)
      this.#name(STOCK_RULES.rows, '', `${rowId} has ${free} free, and nobody finds them`);
    if (unpaid > 0 && !isSwept)
      this.#name(
        STOCK_RULES.rows,
        '',
        `${rowId} has ${unpaid} held, and the sweeper does not find them`,
      );
    const totals = isUnits ? this.#totals.get(itemOfRow(rowId)) : undefined;
    if (totals !== undefined) {
      totals.stock += capacity;
      totals.free += free;
    } else if (isUnits)
      this.#name(STOCK_RULES.rows, '', `${rowId} is of an item that has no stock`);
  }

  #judgeHold({ orderId, status }: StockOrder, holding: Holding): void {
    const { row, hold } = holding;
    this.#count(holding, status === 'completed' ? 'sold' : 'held');
    if (hold.sold && status !== 'completed')
      this.#name(STOCK_RULES.holders, orderId, `${held(row, hold)} as sold, and it is ${status}`);
    else if (status !== 'completed' && status !== 'pending')
      this.#judgeLeft(orderId, holding, `it is ${status}`);
  }

  /** Units that nobody will pay for: the sweeper frees them in a while. */
  #judgeLeft(orderId: string, { row, hold }: Holding, why: string): void {
    const { nowMs, sweptAfterMs } = this.#moment;
    if (sweptAfterMs !== undefined && !hold.sold && !(hold.at + sweptAfterMs <= nowMs)) return;
    this.#name(STOCK_RULES.holders, orderId, `${held(row, hold)}, and ${why}`);
  }

  #judgeOrder(order: StockOrder, own: Holding[]): void {
    const { orderId, status, acceptedAtMs, asked } = order;
    for (const [itemId, units] of asked) {
      const item = this.#items.get(itemId);
      if (item === undefined || acceptedAtMs < Date.parse(item.since) + ITEM_KNOWN_MS) continue;
      const has = own
        .filter(({ row }) => isRowOfUnits(row.rowId) && itemOfRow(row.rowId) === itemId)
        .reduce((sum, { hold }) => sum + hold.units, 0);
      if (has === units) continue;
      const detail = `it is ${status} with ${units} of ${itemId}, and has ${has}`;
      this.#name(STOCK_RULES.orders, orderId, detail);
    }
    for (const { row_id, units } of order.held) {
      const has = own.find(({ row }) => row.rowId === row_id)?.hold.units ?? 0;
      if (has !== units)
        this.#name(
          STOCK_RULES.orders,
          orderId,
          `it is ${status}, and has ${has} of ${row_id}, not ${units}`,
        );
    }
  }

  #judgeItem({ item_id, stock }: StockedItem): void {
    const total = this.#totals.get(item_id)?.stock;
    if (total !== stock)
      this.#name(
        STOCK_RULES.rows,
        '',
        `${item_id} is to have ${stock} units, and its rows have ${total}: sls stock set ${item_id} says which`,
      );
  }

  /** From the units themselves, not from the row that the service counts them in. */
  #countForCustomer({ row, hold: { by, units, limit } }: Holding): void {
    if (limit === undefined || !isRowOfUnits(row.rowId)) return;
    const who = `customer ${by}, ${itemOfRow(row.rowId)}`;
    const known = this.#limited.get(who) ?? { who, units: 0, limit };
    // A limit that was lowered does not bind those who bought before.
    known.limit = Math.max(known.limit, limit);
    known.units += units;
    this.#limited.set(who, known);
  }

  #count({ row, hold }: Holding, as: 'held' | 'sold'): void {
    if (!isRowOfUnits(row.rowId)) return;
    const totals = this.#totals.get(itemOfRow(row.rowId));
    if (totals !== undefined) totals[as] += hold.units;
  }

  #name(rule: string, orderId: string, detail: string): void {
    this.violations.push({ rule, orderId, detail });
  }
}

const held = ({ rowId }: BookedRow, { units }: Hold): string => `it has ${units} of ${rowId}`;

const isWhole = ({ free, capacity = 0, holds }: BookedRow): boolean =>
  [free, capacity].every(Number.isInteger) &&
  [...holds.values()].every(({ units }) => Number.isInteger(units) && units >= 1);
