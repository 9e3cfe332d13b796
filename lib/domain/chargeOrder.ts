import type { Breaker } from './breaker.ts';
import { errorText, OrderError } from './errors.ts';
import { type CancelReason, type Order, type OrderEnd, toIso } from './order.ts';
import type {
  ChargeDetails,
  ChargeOutcome,
  Clock,
  OrderStore,
  PaymentKey,
  PaymentProvider,
  Report,
} from './ports.ts';
import { settleUnits } from './settleUnits.ts';
import type { UnitStock } from './unitStock.ts';
import { withTimeout } from './withTimeout.ts';

export interface PaymentDeps {
  store: OrderStore;
  payments: PaymentProvider;
  clock: Clock;
  report: Report;
  /** From its acceptance on, an asynchronous order may be charged for so long; without it, at any time. */
  orderDeadlineMs?: number | undefined;
  /** Without one, every charge is tried. */
  breaker?: Breaker | undefined;
  /** Without one, everything is sold without limit. */
  stock?: UnitStock | undefined;
}

export interface PayingDeps extends PaymentDeps {
  /** How long a charge's answer is waited for. */
  paymentTimeoutMs: number;
}

type Settlement = ChargeOutcome | { state: 'absent' };

export const paymentKey = (order: Order): PaymentKey => ({
  orderId: order.order_id,
  revision: order.revision,
});

/**
 * For a message and for a new sync request: charges a pending order and brings it to its end. Throws when the end is not known yet: the charge is in progress
 * elsewhere, was not begun, or nobody could be asked.
 */
export async function chargeOrder(
  deps: PayingDeps,
  order: Order,
  notAfter?: number,
): Promise<Order> {
  const { settlement, cause, tookMs } = await charge(deps, order, {
    itemIds: order.items.map((item) => item.item_id),
    ...(notAfter !== undefined && { notAfter }),
  });
  const end = endOf(order, settlement, deps.clock.now());
  const standing = end === undefined ? order : await endOrder(deps, order, end, tookMs);
  if (standing.status !== 'pending') return standing;
  throw unsettled(order, `the charge is ${settlement.state}`, cause);
}

/** What the provider knows of the order's charge. */
export async function lookUpCharge(deps: PaymentDeps, order: Order): Promise<Settlement> {
  const known = await deps.payments.lookup(paymentKey(order));
  deps.report({ type: 'lookedUp', order, state: known.state });
  return known;
}

/** True when no charge of the order was begun, and from now on none can be. */
export async function voidCharge(
  deps: PaymentDeps,
  order: Order,
  reason?: CancelReason,
): Promise<boolean> {
  const isVoid = await deps.payments.void(paymentKey(order), reason);
  deps.report({ type: 'voided', order, is_void: isVoid });
  return isVoid;
}

/** Writes the end of an order, once; returns the order as it stands, whoever ended it. */
export async function endOrder(
  deps: PaymentDeps,
  order: Order,
  end: OrderEnd,
  chargeMs?: number,
): Promise<Order> {
  if (await deps.store.finish(order, end)) {
    const ended: Order = { ...order, ...end };
    deps.report({ type: 'ended', order: ended, at_ms: deps.clock.now(), charge_ms: chargeMs });
    await settleUnits(deps, ended);
    return ended;
  }
  const standing = await deps.store.get(order.order_id);
  if (standing === undefined) throw new Error(`order ${order.order_id} is gone`);
  return standing;
}

/** The end that a charge's outcome means for its order; none while that is open. */
export function endOf(order: Order, outcome: Settlement, nowMs: number): OrderEnd | undefined {
  switch (outcome.state) {
    case 'charged':
      return { status: 'completed', completed_at: toIso(nowMs), payment_id: outcome.paymentId };
    case 'declined':
      return { status: 'declined', decline_reason: outcome.reason };
    case 'void':
      // Without a reason, only a failed publish voids the key of an asynchronous order.
      return {
        status: 'cancelled',
        cancel_reason:
          outcome.reason ?? (order.way === 'sync' ? 'payment_failed' : 'publish_failed'),
      };
    default:
      return undefined;
  }
}

interface ChargeAttempt {
  settlement: Settlement;
  /** Why the charge's own answer is missing. */
  cause?: unknown;
  /** Of a charge that this call made. */
  tookMs?: number;
}

async function charge(
  deps: PayingDeps,
  order: Order,
  details: ChargeDetails,
): Promise<ChargeAttempt> {
  const { payments, clock, report } = deps;
  const startedAt = clock.now();
  try {
    report({ type: 'charging', order });
    const charging = payments.charge(paymentKey(order), order.total_cents, details);
    const outcome = await withTimeout(clock, deps.paymentTimeoutMs, charging);
    const { state } = outcome;
    if (outcome.isRepeat) {
      report({ type: 'chargeAvoided', order, state });
      return { settlement: outcome };
    }
    const tookMs = clock.now() - startedAt;
    report({ type: 'chargeAnswered', order, state, took_ms: tookMs });
    return { settlement: outcome, tookMs };
  } catch (cause) {
    // The charge may have been begun all the same: ask, never guess.
    report({ type: 'chargeFailed', order, error: cause });
    const settlement = await lookUpCharge(deps, order).catch((error) => {
      throw unsettled(order, `the charge cannot be looked up (${errorText(error)})`, cause);
    });
    return { settlement, cause };
  }
}

const unsettled = (order: Order, message: string, cause: unknown): OrderError =>
  new OrderError('payment_unsettled', message, { order, cause });
