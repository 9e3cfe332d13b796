import type { Charge } from './chargeBook.ts';
import { OrderError } from './errors.ts';
import { isPrice } from './money.ts';
import {
  CANCEL_REASONS,
  type DueOrder,
  type HeldUnits,
  type Item,
  isOrderId,
  type Order,
  type OrderNote,
  PLEDGES,
  STATUSES,
  WAYS,
} from './order.ts';

type Holds = (value: unknown) => boolean;
/** A rule for each attribute: what the type promises, checked. */
type Rules<T> = { [Name in keyof Required<T>]: Holds };

const isText: Holds = (value) => typeof value === 'string';
const isTime: Holds = (value) => isText(value) && !Number.isNaN(Date.parse(value as string));
const isId: Holds = (value) => isText(value) && isOrderId(value as string);
const isWhole =
  (min: number): Holds =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min;
const isOneOf =
  (values: readonly string[]): Holds =>
  (value) =>
    values.includes(value as string);
const optional =
  (holds: Holds): Holds =>
  (value) =>
    value === undefined || holds(value);
const isObject =
  <T>(rules: Rules<T>): Holds =>
  (value) =>
    typeof value === 'object' && value !== null && faultyIn(value, rules).length === 0;

const ITEM: Rules<Item> = {
  item_id: isText,
  name: isText,
  price: (value) => typeof value === 'number' && isPrice(value),
  quantity: isWhole(1),
};

const NOTE: Rules<OrderNote> = { at: isText, cause: isText };

const HELD: Rules<HeldUnits> = { row_id: isText, units: isWhole(1) };

const ORDER: Rules<Order> = {
  order_id: isId,
  customer_id: isWhole(1),
  items: (value) => Array.isArray(value) && value.length > 0 && value.every(isObject(ITEM)),
  total_cents: isWhole(0),
  way: isOneOf(WAYS),
  status: isOneOf(STATUSES),
  created_at: isTime,
  completed_at: optional(isTime),
  payment_id: optional(isText),
  decline_reason: optional(isText),
  cancel_reason: optional(isText),
  revision: isWhole(1),
  accepted_at: isTime,
  attempt_id: isText,
  request_hash: isText,
  open_shard: optional(isText),
  sweep_at: optional(isTime),
  expected_at: optional(isTime),
  ahead: optional(isWhole(0)),
  lease_until: optional(isTime),
  pledge: optional(isOneOf(PLEDGES)),
  held: optional((value) => Array.isArray(value) && value.every(isObject(HELD))),
  attempts: optional(isWhole(0)),
  last_error: optional(isObject(NOTE)),
  earlier_errors: optional((value) => Array.isArray(value) && value.every(isObject(NOTE))),
};

const CHARGE: Rules<Charge> = {
  charge_id: isText,
  order_id: isText,
  amount_cents: isWhole(0),
  outcome: isOneOf(['charged', 'declined', 'void', 'open']),
  begun_at: isTime,
  resolves_at: isTime,
  decline_reason: optional(isText),
  void_reason: optional(isOneOf(CANCEL_REASONS)),
  provider_id: optional(isText),
};

const DUE: Rules<DueOrder> = {
  order_id: ORDER.order_id,
  way: ORDER.way,
  accepted_at: ORDER.accepted_at,
};

const faultyIn = <T>(row: object, rules: Rules<T>): (keyof T & string)[] => {
  const faulty = [];
  // A row is read for every message and every look-up: without a list of its attributes for each.
  for (const name in rules) if (!rules[name](Reflect.get(row, name))) faulty.push(name);
  return faulty;
};

/** The attributes that keep a row from being an order. Nobody charges, resolves or shows one that has any. */
export const faultyAttributes = (row: object): string[] => faultyIn(row, ORDER);

export const isOrder = (row: object): row is Order => faultyAttributes(row).length === 0;

/** The same for what the index of open orders shows of a row. */
export const faultyIndexAttributes = (row: object): string[] => faultyIn(row, DUE);

/** The order that a row is; throws for a row that is none, whoever put it there. */
export function readOrder(row: object): Order {
  if (isOrder(row)) return row;
  throw unreadable('an order', faultyAttributes(row));
}

/** The same for a line of the provider's book. */
export function readCharge(row: object): Charge {
  const faulty = faultyIn(row, CHARGE);
  if (faulty.length === 0) return row as Charge;
  throw unreadable('a charge', faulty);
}

const unreadable = (what: string, faulty: string[]): OrderError =>
  new OrderError(
    'unreadable_row',
    `what is stored is not ${what}: ${faulty.join(', ')} missing or wrong`,
    { attributes: faulty },
  );
