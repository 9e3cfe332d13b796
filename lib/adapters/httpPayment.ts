import {
  type Charge,
  chargeId,
  type OpenChargeBook,
  outcomeOf,
  standingLine,
  voidLine,
} from '../domain/chargeBook.ts';
import { type CancelReason, toIso } from '../domain/order.ts';
import type { ChargeOutcome, Clock, PaymentKey, PaymentProvider } from '../domain/ports.ts';
import { KeyInUse, type PaymentApi, type PaymentIntent, paymentIntents } from './paymentIntents.ts';

/** When a payment that the provider is still at work on is worth looking up again. */
const AT_WORK_MS = 3_000;

export interface HttpPaymentOptions {
  book: OpenChargeBook;
  clock: Clock;
  api: PaymentApi;
  currency: string;
  /** What pays. The order API takes no card: see docs/payment-provider.md. */
  paymentMethod: string;
}

type Known = ChargeOutcome | { state: 'absent' };
type OpenLine = Charge & { provider_id: string };

/**
 * Charges through a provider's PaymentIntents. An intent is made first, which takes no money, and confirmed only once
 * the book names it: however often a key is used, and even after the provider has forgotten it, there is one intent that
 * may ever take money. Of confirming and cancelling it, the provider lets exactly one win.
 */
export function httpPayment(options: HttpPaymentOptions): PaymentProvider {
  const { book, clock, currency, paymentMethod } = options;
  const { call, ping } = paymentIntents(options.api);

  async function begin(key: PaymentKey, amountCents: number): Promise<Charge> {
    const id = chargeId(key);
    const names = { 'metadata[order_id]': key.orderId, 'metadata[charge_id]': id };
    const form = {
      amount: `${amountCents}`,
      currency,
      'payment_method_types[0]': 'card',
      ...names,
    };
    const { intent } = await call({ key: id, form });
    const now = toIso(clock.now());
    const line = {
      ...{ charge_id: id, order_id: key.orderId, amount_cents: amountCents, outcome: 'open' },
      ...{ begun_at: now, resolves_at: now, provider_id: intent.id },
    } satisfies Charge as Charge;
    return (await book.putIfAbsent(line)) ? line : standingLine(book, key);
  }

  /** Writes a final outcome into the book before anybody acts on it. */
  async function settle(line: OpenLine, intent: PaymentIntent): Promise<Known> {
    const known = stateOf(intent, clock.now());
    if (known.state === 'absent' || known.state === 'in_progress') return known;
    const settled: Charge = {
      ...line,
      ...{ outcome: known.state, resolves_at: toIso(clock.now()) },
      ...(known.state === 'declined' && { decline_reason: known.reason }),
      ...(known.state === 'void' && known.reason && { void_reason: known.reason }),
    };
    await book.settle(settled);
    return known;
  }

  async function ask(line: OpenLine): Promise<Known> {
    const { intent } = await call({ path: `/${line.provider_id}` });
    return settle(line, intent);
  }

  async function confirm(line: OpenLine): Promise<ChargeOutcome & { isRepeat: boolean }> {
    const form = { payment_method: paymentMethod, error_on_requires_action: 'true' };
    const path = `/${line.provider_id}/confirm`;
    const { intent, isReplayed } = await call({ path, key: `${line.charge_id}/confirm`, form });
    const known = await settle(line, intent);
    if (known.state === 'absent') throw new Error('the provider has not begun the charge');
    return { ...known, isRepeat: isReplayed || known.state === 'void' };
  }

  async function charge(key: PaymentKey, amountCents: number, notAfter: number) {
    const found = await book.get(chargeId(key));
    const line = found ?? (await begin(key, amountCents));
    if (!isOpen(line)) return { ...outcomeOf(line, clock.now()), isRepeat: true };
    const known: Known = found === undefined ? { state: 'absent' } : await ask(line);
    if (known.state !== 'absent') return { ...known, isRepeat: true };
    if (clock.now() > notAfter) throw new Error(`too late to begin: not after ${toIso(notAfter)}`);
    return confirm(line);
  }

  return {
    charge: (key, amountCents, { notAfter = Number.POSITIVE_INFINITY } = {}) =>
      charge(key, amountCents, notAfter).catch((error) => {
        if (!(error instanceof KeyInUse)) throw error;
        return { ...atWork(clock.now()), isRepeat: true };
      }),

    async lookup(key) {
      const line = await book.get(chargeId(key));
      if (line !== undefined) return isOpen(line) ? ask(line) : outcomeOf(line, clock.now());
      // The breaker goes by whether the provider can be asked at all.
      await ping();
      return { state: 'absent' };
    },

    async void(key, reason) {
      if (await book.putIfAbsent(voidLine(key, clock.now(), reason))) return true;
      const line = await standingLine(book, key);
      if (!isOpen(line)) return line.outcome === 'void';
      const form = reason && CANCELLED_AS[reason];
      const { intent } = await call({
        ...{ path: `/${line.provider_id}/cancel`, key: `${line.charge_id}/cancel` },
        ...(form && { form: { cancellation_reason: form } }),
      });
      return (await settle(line, intent)).state === 'void';
    },
  };
}

const isOpen = (line: Charge): line is OpenLine =>
  line.outcome === 'open' && line.provider_id !== undefined;

const atWork = (nowMs: number) =>
  ({ state: 'in_progress', resolvesAt: nowMs + AT_WORK_MS }) as const;

/** The reasons that a provider keeps with a cancelled intent. */
const CANCELLED_AS: Partial<Record<CancelReason, string>> = {
  requested: 'requested_by_customer',
  deadline_passed: 'abandoned',
};

const NOT_BEGUN = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

function stateOf(intent: PaymentIntent, nowMs: number): Known {
  const { id, status, last_payment_error: refusal, cancellation_reason: cause } = intent;
  if (status === 'succeeded') return { state: 'charged', paymentId: id };
  if (status === 'processing') return atWork(nowMs);
  if (status !== 'canceled' && !NOT_BEGUN.includes(status))
    throw new Error(`PaymentIntent ${id} is ${status}, which this service does not know`);
  // A declined intent could be confirmed again, or cancelled: for this service it has its outcome.
  if (refusal) {
    return { state: 'declined', reason: refusal.decline_code ?? refusal.code ?? 'card_declined' };
  }
  if (status !== 'canceled') return { state: 'absent' };
  const reason = (['requested', 'deadline_passed'] as const).find(
    (reason) => CANCELLED_AS[reason] === cause,
  );
  return { state: 'void', ...(reason && { reason }) };
}
