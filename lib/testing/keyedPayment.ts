import { chargeId } from '../domain/chargeBook.ts';
import type { ChargeOutcome, PaymentKey, PaymentProvider } from '../domain/ports.ts';
import type { IntentsProvider } from './intentsProvider.ts';

interface Habits {
  /** The idempotency key of a call, if it sends one. */
  keyOf?: (key: PaymentKey) => string | undefined;
  takesUnknownForDeclined?: boolean;
  voidsWhatIsCharged?: boolean;
}

interface Body {
  id: string;
  status: string;
  error?: { code: string; decline_code?: string };
  last_payment_error?: { decline_code: string };
  cancellation_reason?: string;
}

/**
 * The short way to write an adapter: one call that begins and confirms, and whatever its key gives back. It keeps the
 * contract for as long as the provider remembers keys; each habit breaks it.
 */
export function keyedPayment(provider: IntentsProvider, habits: Habits = {}): PaymentProvider {
  const { keyOf = chargeId } = habits;
  const send = async (path: string, key?: PaymentKey, form: Record<string, string> = {}) => {
    const header = key && keyOf(key);
    const answer = await provider.fetch(`http://provider/v1/payment_intents${path}`, {
      method: key === undefined ? 'GET' : 'POST',
      headers: { ...(header !== undefined && { 'idempotency-key': `${header}${path}` }) },
      body: new URLSearchParams(form),
    });
    const isReplayed = answer.headers.has('idempotent-replayed');
    return { status: answer.status, isReplayed, body: (await answer.json()) as Body };
  };

  async function lookup(key: PaymentKey): Promise<ChargeOutcome | { state: 'absent' }> {
    const query = `metadata['charge_id']:'${chargeId(key)}'`;
    const { body } = await send(`/search?query=${encodeURIComponent(query)}`);
    const { data } = body as unknown as { data: Body[] };
    const intent = data.find(({ status }) => status !== 'requires_payment_method') ?? data[0];
    if (intent === undefined) return { state: 'absent' };
    const { id, status, last_payment_error: refusal, cancellation_reason: reason } = intent;
    if (status === 'succeeded') return { state: 'charged', paymentId: id };
    if (refusal) return { state: 'declined', reason: refusal.decline_code };
    if (status !== 'canceled') return { state: 'in_progress', resolvesAt: 0 };
    return { state: 'void', ...(reason === 'requested_by_customer' && { reason: 'requested' }) };
  }

  const repeated = async (key: PaymentKey) => {
    const known = await lookup(key);
    if (known.state === 'absent') throw new Error('the provider knows nothing of it');
    return { ...known, isRepeat: true };
  };

  async function charge(key: PaymentKey, amountCents: number) {
    const names = { 'metadata[charge_id]': chargeId(key) };
    const form = { amount: `${amountCents}`, confirm: 'true', ...names };
    const { status, isReplayed, body } = await send('', key, form);
    if (isReplayed || status === 400 || status === 409) return repeated(key);
    if (status === 402) {
      const reason = body.error?.decline_code ?? '';
      return { state: 'declined', reason, isRepeat: false } as const;
    }
    if (status !== 200) throw new Error(`the provider answered ${status}`);
    return { state: 'charged', paymentId: body.id, isRepeat: false } as const;
  }

  return {
    async charge(key, amountCents, { notAfter = 0 } = {}) {
      if (notAfter > 0) throw new Error('too late to begin');
      if (!habits.takesUnknownForDeclined) return charge(key, amountCents);
      const unknown = { state: 'declined', reason: 'no_answer', isRepeat: false } as const;
      return charge(key, amountCents).catch(() => unknown);
    },
    lookup,
    async void(key, reason) {
      if (habits.voidsWhatIsCharged) return true;
      const form = { 'metadata[charge_id]': chargeId(key) };
      const { status, body } = await send('', key, form);
      if (status !== 200) return (await lookup(key)).state === 'void';
      await send(`/${body.id}/cancel`, key, {
        ...(reason === 'requested' && { cancellation_reason: 'requested_by_customer' }),
      });
      return true;
    },
  };
}
