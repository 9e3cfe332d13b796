import type { DueOrder, Order, Way } from './order.ts';

/**
 * What happens to orders. The platform makes log lines and metrics of it.
 * `accepted` and `ended` are told by the call whose write won, so at most once for each revision of an order. A call
 * that is killed after its write, or that never hears that its write was done, tells nothing: the books are read from
 * the tables, never added up from these.
 */
export type OrderEvent =
  | { type: 'accepted'; order: Order }
  | { type: 'replayed'; order: Order }
  | { type: 'publishFailed'; order: Order; error: unknown }
  | { type: 'withdrawFailed'; order: Order; error: unknown }
  | { type: 'received'; order: Order }
  | { type: 'chargeAvoided'; order: Order; state: string }
  | { type: 'chargeFailed'; order: Order; error: unknown }
  | { type: 'ended'; order: Order; at_ms: number; charge_ms?: number | undefined }
  | { type: 'soldOut'; order: Order; units: number }
  | { type: 'unitsSold'; order_id: string; units: number }
  | { type: 'unitsFreed'; order_id: string; units: number }
  | { type: 'unitsLeft'; order_id: string; error: unknown }
  | { type: 'stockSwept'; overdue_units: number }
  | { type: 'messageMalformed'; way: Way; error: unknown }
  | { type: 'attemptFailed'; order_id: string; way: Way; error: unknown }
  | { type: 'republished'; order: Order }
  | { type: 'resolved'; order: Order }
  | { type: 'parked'; order: Order }
  | { type: 'breakerOpened'; failures: number }
  | { type: 'breakerClosed'; open_ms: number }
  | { type: 'breakerSeen'; is_open: boolean }
  | { type: 'sweepFailed'; order: DueOrder; error: unknown }
  | { type: 'swept'; due: number; oldest_age_ms: number }
  | OrderStep;

/** A step on the way to an event: for whoever looks closely, so it is seldom a log line. */
export type OrderStep =
  | { type: 'publishing'; order: Order }
  | { type: 'published'; order: Order }
  | { type: 'charging'; order: Order }
  | { type: 'chargeAnswered'; order: Order; state: string; took_ms: number }
  | { type: 'lookedUp'; order: Order; state: string }
  | { type: 'voided'; order: Order; is_void: boolean };
