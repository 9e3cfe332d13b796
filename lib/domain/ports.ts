import type { AsyncOrder, Order, OrderEnd, Pledge } from './order.ts';
import type { OrderEvent } from './orderEvents.ts';

export interface Clock {
  now(): number;
  /** Resolves after `durationMs`, or as soon as the signal aborts. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export type NotedOrder = Pick<Order, 'order_id'> & Partial<Pick<Order, 'revision'>>;

/** Every change is conditional; reads are strongly consistent, but for `findDue`, and throw for what is not an order. */
export interface OrderStore {
  get(orderId: string): Promise<Order | undefined>;
  /** Puts the order where none stands, and returns the one that stands there now. Both puts may throw NothingStored. */
  create(order: Order): Promise<Order>;
  /** Puts the next revision over the cancelled one, and returns the order that stands there now. */
  revive(order: Order): Promise<Order>;
  /** Writes the pledge on a pending order that has none, and returns the order that stands there now. */
  settlePledge(order: Order, pledge: Pledge): Promise<Order>;
  /** True when this call ended the order, false when that revision was no longer pending. */
  finish(order: Order, end: OrderEnd): Promise<boolean>;
  /** Counts a failed attempt on an order that is still pending; without a revision, on a row that is no order. */
  noteFailure(order: NotedOrder, at: string, cause: string): Promise<void>;
  /** Moves `sweep_at`; false when another sweep moved it first or the order ended. */
  postpone(order: Order, sweepAt: string): Promise<boolean>;
  /**
   * Rows of one shard whose `sweep_at` has come, the longest due first, from an index that lags and has little more
   * than the keys; `after` is the last one of the page before. As they are: one that is not an order must not hide the
   * others.
   */
  findDue(shard: string, dueBy: string, limit: number, after?: object): Promise<object[]>;
}

export interface OrderPublisher {
  publish(order: AsyncOrder): Promise<void>;
}

export interface PaymentKey {
  orderId: string;
  revision: number;
}

export type ChargeOutcome =
  | { state: 'charged'; paymentId: string }
  | { state: 'declined'; reason: string }
  | { state: 'void' }
  | { state: 'in_progress'; resolvesAt: number };

export interface ChargeDetails {
  /** The charge is not begun after this time. */
  notAfter?: number;
  /** What is paid for, as a provider prints it on a receipt. */
  itemIds?: string[];
}

/** Of `charge` and `void` for one key exactly one wins, however often and whenever either is called. */
export interface PaymentProvider {
  /** Begins the charge of this key at most once. `isRepeat`: it was begun or voided before this call. */
  charge(
    key: PaymentKey,
    amountCents: number,
    details?: ChargeDetails,
  ): Promise<ChargeOutcome & { isRepeat: boolean }>;
  lookup(key: PaymentKey): Promise<ChargeOutcome | { state: 'absent' }>;
  /** True when no charge of this key was begun, and none ever will be. */
  void(key: PaymentKey): Promise<boolean>;
}

export type Report = (event: OrderEvent) => void;
