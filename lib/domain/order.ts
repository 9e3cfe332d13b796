/** The ways whose buyer does not wait. */
export const ASYNC_WAYS = ['queued', 'direct'] as const;
export const WAYS = ['sync', ...ASYNC_WAYS] as const;
export type AsyncWay = (typeof ASYNC_WAYS)[number];
export type Way = (typeof WAYS)[number];
export const STATUSES = ['pending', 'completed', 'declined', 'cancelled'] as const;
export type Status = (typeof STATUSES)[number];

/** Why an order could not be taken. It can be taken again with the same idempotency key. */
const NOT_TAKEN_REASONS = ['storage_failed', 'publish_failed', 'payment_failed'] as const;
const REVIVABLE = new Set<string>(NOT_TAKEN_REASONS);
/** Why an order was cancelled. One that was `requested`, or that nobody paid in time, stays so. */
export const CANCEL_REASONS = [...NOT_TAKEN_REASONS, 'requested', 'deadline_passed'] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

export const PLEDGES = ['given', 'withdrawn'] as const;
export type Pledge = (typeof PLEDGES)[number];

export interface Item {
  item_id: string;
  name: string;
  price: number;
  quantity: number;
}

/** Units of one row of the stock that are an order's. */
export interface HeldUnits {
  row_id: string;
  units: number;
}

/** What is no secret of an order. */
export interface PublicOrder {
  order_id: string;
  customer_id: number;
  items: Item[];
  total_cents: number;
  way: Way;
  status: Status;
  created_at: string;
  completed_at?: string;
  payment_id?: string;
  decline_reason?: string;
  cancel_reason?: string;
}

/** The order as it is stored: its public face, and what the service needs to bring it to its end. */
export interface Order extends PublicOrder {
  /** 1 at first; a cancelled order that its key revives gets the next one, and with it a new payment key. */
  revision: number;
  /** When this revision was taken: `created_at` but for a revived order. */
  accepted_at: string;
  /** Drawn anew by each request, so that a retried write recognizes its own row. */
  attempt_id: string;
  request_hash: string;
  /** Open orders only: where the sweeper's index keeps it, and when the sweeper has to look at it. */
  open_shard?: string;
  sweep_at?: string;
  /** The asynchronous ways only: when it should have ended, by what was known as it was accepted. */
  expected_at?: string;
  /** Messages that waited before its own then. */
  ahead?: number;
  /** The sync way only: until then the request that took the order may still be paying it. */
  lease_until?: string;
  /**
   * The asynchronous ways only, written once a revision: either a repeat was told 202 while the order was pending
   * (`given`), or the request that could not publish it takes it back (`withdrawn`).
   */
  pledge?: Pledge;
  /** With a stock only: the units that are its own. */
  held?: HeldUnits[];
  /** Failed attempts to bring it to its end, and the cause of the last one. */
  attempts?: number;
  last_error?: OrderNote;
  /** The causes of those before it, the newest first. */
  earlier_errors?: OrderNote[];
}

/** Why an attempt failed. */
export interface OrderNote {
  at: string;
  cause: string;
}

const EARLIER_ERRORS = 9;

/** What a failed attempt writes on its order. Of two at once one cause may be lost, never the count. */
export function failureNote(
  { last_error, earlier_errors = [] }: Pick<Order, 'last_error' | 'earlier_errors'>,
  note: OrderNote,
): Pick<Order, 'last_error' | 'earlier_errors'> {
  if (last_error === undefined) return { last_error: note };
  const earlier = [last_error, ...earlier_errors].slice(0, EARLIER_ERRORS);
  return { last_error: note, earlier_errors: earlier };
}

/** An order that a message points to. */
export type AsyncOrder = Order & { way: AsyncWay };

/** What the index of open orders has of one, beside its key. */
export type DueOrder = Pick<Order, 'order_id' | 'way' | 'accepted_at'>;

/** What an order's last change writes. */
export type OrderEnd =
  | { status: 'completed'; completed_at: string; payment_id: string }
  | { status: 'declined'; decline_reason: string }
  | { status: 'cancelled'; cancel_reason: CancelReason };

export const ORDER_ID = /ord_[0-9a-f]{32}/;

/** The first order id in a text. */
export const orderIdIn = (text: string): string | undefined => ORDER_ID.exec(text)?.[0];

export const isOrderId = (text: string): boolean => orderIdIn(text) === text;

/** Shards of the index of open orders, so that one partition's 1,000 writes a second are not intake's ceiling. */
export const OPEN_SHARDS = Array.from({ length: 64 }, (_, shard) => String(shard));

export const openShard = (orderId: string): string =>
  String(Number.parseInt(orderId.slice(-2), 16) % OPEN_SHARDS.length);

export const isRevivable = (order: Order): boolean =>
  order.status === 'cancelled' && REVIVABLE.has(order.cancel_reason ?? '');

/** Whether it stays as it is from now on. */
export const isFinal = (order: Order): boolean => order.status !== 'pending' && !isRevivable(order);

export const toIso = (timeMs: number): string => new Date(timeMs).toISOString();
