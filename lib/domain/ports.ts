import type { AsyncOrder, CancelReason, HeldUnits, Order, OrderEnd, Pledge } from './order.ts';
import type { OrderEvent } from './orderEvents.ts';
import type { Hold, Holding, StockedItem, StockRow } from './stock.ts';

export interface Clock {
  now(): number;
  sleep(durationMs: number): Promise<void>;
  /** Calls back after `durationMs`, unless what it returns is called before. */
  after(durationMs: number, callback: () => void): () => void;
}

export type NotedOrder = Pick<Order, 'order_id'> &
  Partial<Pick<Order, 'revision' | 'last_error' | 'earlier_errors'>>;

/** Every change is conditional; reads are strongly consistent unless they say so, and throw for what is not an order. */
export interface OrderStore {
  get(orderId: string): Promise<Order | undefined>;
  /** For half the price: the order as it stood, perhaps a moment ago. */
  getLagging(orderId: string): Promise<Order | undefined>;
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

export interface Claim {
  row_id: string;
  shard: string;
  holder: string;
  hold: Hold;
  /** The row has to have so many free before the claim. */
  least: number;
  /** A customer's first claim makes the row. */
  isCustomer: boolean;
  /** The row has to have just what is claimed, and is taken out of the open ones by the same write. */
  isLast?: boolean;
}

/** What became of a claim, and how many the row has free now. */
export interface Claimed {
  isHeld: boolean;
  free: number;
  /** Where it was refused: the row as it stands. */
  row?: StockRow | undefined;
}

/** Every change is one write to one row under a condition, and can be repeated; the two lists may lag behind. */
export interface StockStore {
  /** Undefined for an item without a stock. */
  item(itemId: string): Promise<StockedItem | undefined>;
  get(rowId: string): Promise<StockRow | undefined>;
  /** Claims units for a holder that has none in this row, or finds the ones that it has. */
  claim(claim: Claim): Promise<Claimed>;
  /** True when this call freed the holder's units. Those that are sold stay. */
  free(holder: string, held: HeldUnits): Promise<boolean>;
  /**
   * Marks as sold what each of the holders has in the row, by one write; the row as it was before. Undefined, and nothing
   * marked, when one of them has not just so many units there.
   */
  sell(rowId: string, holdings: Holding[]): Promise<StockRow | undefined>;
  /** Takes a row that has none free out of the open ones. */
  close(rowId: string): Promise<void>;
  /** Takes a row that is as it was read, with nothing held but what is sold, out of the held ones. */
  rest(row: StockRow): Promise<void>;
  /** Ids, in order, of rows that seem to have units free, or units held. */
  list(index: 'open' | 'held', part: IndexPart): Promise<string[]>;
}

export interface IndexPart {
  shard: string;
  from: string;
  to: string;
  limit: number;
}

/** What every environment knows of the provider's state. */
export interface BreakerRow {
  /** An operator's word, which goes before all else. */
  mode?: 'open' | 'closed';
  failures?: number;
  failures_since?: string;
  opened_at?: string;
  /** When charges could be tried again, last. */
  closed_at?: string;
}

export interface BreakerStore {
  read(): Promise<BreakerRow>;
  /** False where the row was not as `where` has it. */
  change(change: {
    set?: BreakerRow;
    add?: { failures: number };
    remove?: string[];
    where: { [Name in keyof BreakerRow]?: BreakerRow[Name] | undefined };
  }): Promise<boolean>;
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
  /** With the reason that it was made void for, if one was given. */
  | { state: 'void'; reason?: CancelReason }
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
  void(key: PaymentKey, reason?: CancelReason): Promise<boolean>;
}

export type Report = (event: OrderEvent) => void;
