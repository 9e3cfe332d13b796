import { type CancelReason, toIso } from './order.ts';
import type { ChargeOutcome, PaymentKey } from './ports.ts';

/** The line of one payment key. It is written once; only an `open` one changes, once, to what the provider said. */
export interface Charge {
  charge_id: string;
  order_id: string;
  amount_cents: number;
  outcome: 'charged' | 'declined' | 'void' | 'open';
  begun_at: string;
  resolves_at: string;
  decline_reason?: string;
  void_reason?: CancelReason;
  /** What the provider calls it, where that is not the key. */
  provider_id?: string;
}

export interface ChargeBook {
  /** True when this call wrote the line, false when there is one already. */
  putIfAbsent(charge: Charge): Promise<boolean>;
  get(chargeId: string): Promise<Charge | undefined>;
}

/** Of a provider that decides by itself: its word is written over the open line. */
export interface OpenChargeBook extends ChargeBook {
  /** False where the line was no longer open. */
  settle(charge: Charge): Promise<boolean>;
}

export const chargeId = ({ orderId, revision }: PaymentKey): string => `${orderId}#${revision}`;

export const voidLine = (key: PaymentKey, nowMs: number, reason?: CancelReason): Charge => ({
  charge_id: chargeId(key),
  order_id: key.orderId,
  amount_cents: 0,
  outcome: 'void',
  begun_at: toIso(nowMs),
  resolves_at: toIso(nowMs),
  ...(reason && { void_reason: reason }),
});

/** The line that kept another from being written. */
export async function standingLine(book: ChargeBook, key: PaymentKey): Promise<Charge> {
  const charge = await book.get(chargeId(key));
  if (charge === undefined) throw new Error(`the book lost charge ${chargeId(key)}`);
  return charge;
}

export function outcomeOf(charge: Charge, nowMs: number): ChargeOutcome {
  const { void_reason: reason } = charge;
  if (charge.outcome === 'void') return { state: 'void', ...(reason && { reason }) };
  const resolvesAt = Date.parse(charge.resolves_at);
  if (resolvesAt > nowMs || charge.outcome === 'open') return { state: 'in_progress', resolvesAt };
  return charge.outcome === 'charged'
    ? { state: 'charged', paymentId: charge.provider_id ?? charge.charge_id }
    : { state: 'declined', reason: charge.decline_reason ?? 'card_declined' };
}
