import * as z from 'zod/mini';

/** Of a failed confirmation: why the card was declined. */
const cardErrorSchema = () =>
  z.object({ code: z.optional(z.string()), decline_code: z.optional(z.string()) });

const intentSchema = () =>
  z.object({
    id: z.string(),
    status: z.string(),
    cancellation_reason: z.nullish(z.string()),
    last_payment_error: z.nullish(cardErrorSchema()),
  });

const answerSchema = () =>
  z.union([
    z.object({
      error: z.object({
        code: z.optional(z.string()),
        message: z.optional(z.string()),
        payment_intent: z.optional(intentSchema()),
      }),
    }),
    intentSchema(),
  ]);

export type PaymentIntent = z.infer<ReturnType<typeof intentSchema>>;

export interface PaymentApi {
  url: string;
  apiKey: string;
  /** How long an answer is waited for. */
  timeoutMs: number;
  fetch?: typeof fetch;
}

export interface IntentCall {
  /** Behind `/v1/payment_intents`. */
  path?: string;
  /** With it the call changes something, at most once a key. */
  key?: string;
  form?: Record<string, string>;
}

/** The provider is at work on a request with the same key. */
export class KeyInUse extends Error {}

/**
 * Calls the provider's PaymentIntents. What decides a payment is the state of its intent, so the answers "declined" and
 * "not in this state" give the intent too. Everything else leaves it unknown, and throws.
 */
export function paymentIntents({ url, apiKey, timeoutMs, fetch: send = fetch }: PaymentApi) {
  const ask = ({ path = '', key, form }: IntentCall) =>
    send(new URL(`/v1/payment_intents${path}`, url), {
      method: key === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(key !== undefined && { body: new URLSearchParams(form) }),
      signal: AbortSignal.timeout(timeoutMs),
    });

  return {
    async call(request: IntentCall) {
      const answer = await ask(request);
      const isReplayed = answer.headers.get('idempotent-replayed') === 'true';
      // What it says goes into logs and onto the order: not with the key in it.
      const text = (await answer.text()).replaceAll(apiKey, '(the key)');
      return { intent: intentIn(answer, text), isReplayed };
    },

    /** Throws while the provider cannot be asked. */
    async ping(): Promise<void> {
      const answer = await ask({ path: '?limit=1' });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the payment provider answered ${answer.status}`);
    },
  };
}

function intentIn(answer: Response, text: string): PaymentIntent {
  const { data } = answerSchema().safeParse(parsed(text));
  if (data !== undefined && 'error' in data) {
    const { code = '', message = '', payment_intent: intent } = data.error;
    const isTold = answer.status === 402 || code === 'payment_intent_unexpected_state';
    if (isTold && intent !== undefined) return intent;
    if (answer.status === 409) throw new KeyInUse(message);
    throw new Error(`the payment provider answered ${answer.status} ${code}: ${message}`);
  }
  if (answer.ok && data !== undefined) return data;
  throw new Error(`the payment provider answered ${answer.status} with what is no PaymentIntent`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
