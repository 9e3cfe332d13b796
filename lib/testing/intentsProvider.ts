import { setImmediate as turn } from 'node:timers/promises';
import type { Trouble } from './paymentContract.ts';

interface Intent {
  id: string;
  amount: number;
  status: string;
  metadata: { charge_id: string };
  cancellation_reason?: string | undefined;
  last_payment_error?: { code: string; decline_code: string };
}

interface Answer {
  status: number;
  body: object;
}

const REFUSAL = { code: 'card_declined', decline_code: 'insufficient_funds' };
const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation'];

/**
 * A provider's PaymentIntents as Stripe documents them, in memory behind `fetch`: an idempotency key gives its first
 * answer again, is refused with other parameters, and conflicts while its first request runs.
 * https://docs.stripe.com/api/idempotent_requests, https://docs.stripe.com/payments/paymentintents/lifecycle
 */
export class IntentsProvider {
  readonly intents: Intent[] = [];
  readonly takenCents: number[] = [];
  trouble: Trouble | undefined;
  readonly #answers = new Map<string, { request: string; answer?: Answer }>();

  /** What a provider forgets after a day. */
  forgetKeys(): void {
    this.#answers.clear();
  }

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    const { pathname, search } = new URL(String(input));
    const headers = new Headers(init.headers);
    const isReading = init.method === 'GET';
    await turn();
    if (this.trouble === 'is down') throw new TypeError('fetch failed');
    const form = new URLSearchParams(init.body as URLSearchParams);
    const key = headers.get('idempotency-key');
    if (isReading) return respond(this.#read(pathname, search));
    if (key === null) return respond(await this.#write(pathname, form));
    return this.#writeOnce(key, pathname, form);
  };

  async #writeOnce(key: string, pathname: string, form: URLSearchParams) {
    const request = `${pathname}?${form}`;
    const known = this.#answers.get(key);
    if (known !== undefined) {
      if (known.request !== request) return respond(refusal(400, 'idempotency_error'));
      if (known.answer === undefined) return respond(refusal(409, 'idempotency_key_in_use'));
      return respond(known.answer, { 'idempotent-replayed': 'true' });
    }
    if (this.trouble === 'fails before') return respond(refusal(500, 'api_error'));
    const line: { request: string; answer?: Answer } = { request };
    this.#answers.set(key, line);
    line.answer = await this.#write(pathname, form);
    const isPaying = pathname.endsWith('/confirm') || form.get('confirm') === 'true';
    if (this.trouble === 'fails after' && isPaying) throw new TypeError('socket hang up');
    return respond(line.answer);
  }

  #read(pathname: string, search: string): Answer {
    const id = pathname.split('/')[3];
    if (id === 'search') {
      const of = new URLSearchParams(search).get('query')?.split("'")[3];
      const data = this.intents.filter(({ metadata }) => metadata.charge_id === of);
      return { status: 200, body: { data } };
    }
    if (id === undefined) return { status: 200, body: { data: this.intents.slice(0, 1) } };
    return { status: 200, body: this.#intent(id) };
  }

  async #write(pathname: string, form: URLSearchParams): Promise<Answer> {
    await turn();
    const [, , , id, action] = pathname.split('/');
    if (id === undefined) {
      const intent = this.#create(form);
      return form.get('confirm') === 'true' ? this.#confirm(intent) : { status: 200, body: intent };
    }
    const intent = this.#intent(id);
    return action === 'cancel'
      ? this.#cancel(intent, form.get('cancellation_reason') ?? undefined)
      : this.#confirm(intent);
  }

  #create(form: URLSearchParams): Intent {
    const intent: Intent = {
      id: `pi_${this.intents.length + 1}`,
      amount: Number(form.get('amount')),
      status: 'requires_payment_method',
      metadata: { charge_id: form.get('metadata[charge_id]') ?? '' },
    };
    this.intents.push(intent);
    return intent;
  }

  #confirm(intent: Intent): Answer {
    if (!CONFIRMABLE.includes(intent.status)) return unexpected(intent);
    if (this.trouble === 'declines') {
      intent.last_payment_error = REFUSAL;
      const error = { ...REFUSAL, type: 'card_error', payment_intent: { ...intent } };
      return { status: 402, body: { error } };
    }
    intent.status = 'succeeded';
    this.takenCents.push(intent.amount);
    return { status: 200, body: { ...intent } };
  }

  #cancel(intent: Intent, reason: string | undefined): Answer {
    if (!CONFIRMABLE.includes(intent.status)) return unexpected(intent);
    intent.status = 'canceled';
    intent.cancellation_reason = reason;
    return { status: 200, body: { ...intent } };
  }

  #intent(id: string): Intent {
    const intent = this.intents.find((each) => each.id === id);
    if (intent === undefined) throw new Error(`no such intent: ${id}`);
    return intent;
  }
}

const refusal = (status: number, code: string): Answer => ({
  status,
  body: { error: { code, message: code } },
});

const unexpected = (intent: Intent): Answer => ({
  status: 400,
  body: { error: { code: 'payment_intent_unexpected_state', payment_intent: { ...intent } } },
});

const respond = ({ status, body }: Answer, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers });
