import {
  type Charge,
  type ChargeBook,
  chargeId,
  outcomeOf,
  standingLine,
  voidLine,
} from './chargeBook.ts';
import { faultOf, isDeclined, isDown, type PaymentFaults } from './declinesAndFaults.ts';
import { toIso } from './order.ts';
import type { Clock, PaymentKey, PaymentProvider } from './ports.ts';

export interface SimulatedPaymentOptions {
  book: ChargeBook;
  clock: Clock;
  durationMs: number;
  faults?: PaymentFaults | undefined;
}

/**
 * A provider that charges nobody. Like a real one it finishes a charge whether or not the caller lives to see it:
 * the first thing `charge` does is one conditional write, and that write alone decides.
 */
export function simulatedPayment(options: SimulatedPaymentOptions): PaymentProvider {
  const { book, clock, faults } = options;

  const refuseWhenDown = () => {
    if (faults !== undefined && isDown(faults, clock.now()))
      throw new Error('the provider is down');
  };

  return {
    async charge(key, amountCents, details = {}) {
      refuseWhenDown();
      const { itemIds = [], notAfter = Number.POSITIVE_INFINITY } = details;
      const nowMs = clock.now();
      if (nowMs > notAfter) throw new Error(`too late to begin: not after ${toIso(notAfter)}`);
      const fault = faults && faultOf(faults, chargeId(key), itemIds, nowMs);
      if (fault === 'before') throw new Error('the provider failed before it began the charge');

      const charge = beginCharge(options, key, amountCents, itemIds, nowMs);
      if (!(await book.putIfAbsent(charge))) {
        return { ...outcomeOf(await standingLine(book, key), clock.now()), isRepeat: true };
      }
      if (fault === 'after') throw new Error('the provider failed after it began the charge');
      if (fault === 'never') return new Promise<never>(() => {});
      await clock.sleep(Date.parse(charge.resolves_at) - clock.now());
      return { ...outcomeOf(charge, Date.parse(charge.resolves_at)), isRepeat: false };
    },

    async lookup(key) {
      refuseWhenDown();
      const charge = await book.get(chargeId(key));
      return charge === undefined ? { state: 'absent' } : outcomeOf(charge, clock.now());
    },

    async void(key, reason) {
      refuseWhenDown();
      if (await book.putIfAbsent(voidLine(key, clock.now(), reason))) return true;
      return (await standingLine(book, key)).outcome === 'void';
    },
  };
}

function beginCharge(
  { durationMs, faults }: SimulatedPaymentOptions,
  key: PaymentKey,
  amountCents: number,
  itemIds: string[],
  nowMs: number,
): Charge {
  const isRefused = faults !== undefined && isDeclined(faults, chargeId(key), itemIds);
  return {
    charge_id: chargeId(key),
    order_id: key.orderId,
    amount_cents: amountCents,
    outcome: isRefused ? 'declined' : 'charged',
    begun_at: toIso(nowMs),
    resolves_at: toIso(nowMs + durationMs),
    ...(isRefused && { decline_reason: 'card_declined' }),
  };
}
