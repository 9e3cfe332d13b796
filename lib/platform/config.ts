import * as z from 'zod/mini';
import { type PaymentFaults, paymentFaultsSchema } from '../domain/declinesAndFaults.ts';
import { ASYNC_WAYS } from '../domain/order.ts';

const name = () => z.string();
const number = (min: number, max: number) => {
  const rule = `must be a number from ${min} to ${max}`;
  return z.coerce.number({ error: rule }).check(z.minimum(min, rule), z.maximum(max, rule));
};

const orders = () => ({ ORDERS_TABLE: name() });
const charges = () => ({
  CHARGES_TABLE: name(),
  PAYMENT_FAULTS: z.optional(z.pipe(z.string(), z.transform(parseFaults))),
});
/** Not set in a stage without a stock. */
const stock = () => ({ STOCK_TABLE: z.optional(name()) });
const holding = () => ({ ...stock(), UNITS_PER_CUSTOMER: z.optional(number(1, 100)) });
const payment = () => ({
  ...charges(),
  PAYMENT_SECONDS: number(0, 20),
  PAYMENT_TIMEOUT_MS: number(1, 900_000),
});
const intake = () => ({
  ORDER_ID_SALT: z.string().check(z.minLength(16, 'must have at least 16 characters')),
});
/** What tells how long an order waits. A missing queue is answered, not a fault at the start. */
const waiting = () => ({
  SQS_QUEUE_URL: z.optional(name()),
  PAYMENT_SECONDS: number(0, 20),
  PAYMENTS_AT_ONCE: number(1, 1_000_000),
  PAYMENTS_PER_WORKER: number(1, 1000),
});
/** Where the breaker of the payment provider stands; without it every charge is tried. */
const breaker = () => ({ OPERATIONS_TABLE: z.optional(name()) });
/** Not set where an order may be paid at any time. */
const deadline = () => ({ ORDER_DEADLINE_SECONDS: z.optional(number(1, 86_400)) });
const sweeping = () => ({
  SWEEP_AFTER_SECONDS: number(0, 86_400),
  SNS_TOPIC_ARN: z.optional(name()),
});

/**
 * What each function reads of its environment; an empty variable counts as not set. Made on demand: a schema takes a
 * good part of a millisecond, and a cold start needs one of them.
 */
export const orderSyncSchema = () =>
  z.object({
    ...orders(),
    ...payment(),
    ...breaker(),
    ...intake(),
    ...holding(),
    SYNC_LEASE_SECONDS: number(1, 900),
  });
export const orderAsyncSchema = () =>
  z.object({
    ...orders(),
    ...charges(),
    ...intake(),
    ...holding(),
    ...sweeping(),
    ...waiting(),
    // Not set where every order is taken, however long the line.
    MAX_PROMISE_SECONDS: z.optional(number(1, 86_400)),
    ASYNC_WAY: z.enum(ASYNC_WAYS, { error: 'must be queued or direct' }),
  });
export const orderStatusSchema = () => z.object({ ...orders(), ...waiting() });
export const healthSchema = () =>
  z.object({ POWERTOOLS_SERVICE_NAME: name(), STAGE: name(), SERVICE_VERSION: name() });
export const orderCancelSchema = () => z.object({ ...orders(), ...charges(), ...stock() });
export const processorSchema = () =>
  z.object({ ...orders(), ...payment(), ...breaker(), ...deadline(), ...stock() });
export const orderSweeperSchema = () =>
  z.object({
    ...orders(),
    ...payment(),
    ...breaker(),
    ...deadline(),
    ...sweeping(),
    ...stock(),
    STOCK_LEASE_SECONDS: z.optional(number(1, 900)),
  });
/** Of a provider that is asked over HTTP, beside what the function knows of payments. */
export const paymentApiSchema = () =>
  z.object({
    PAYMENT_API_URL: z.url({ error: 'must be a URL' }),
    PAYMENT_API_KEY: name(),
    PAYMENT_CURRENCY: name(),
    PAYMENT_METHOD: name(),
    // Not set where nothing is charged.
    PAYMENT_TIMEOUT_MS: z._default(number(1, 900_000), 3_000),
  });

export const stageName = (): string => process.env.STAGE ?? 'local';

const SECRETS = new Set(['ORDER_ID_SALT', 'PAYMENT_API_KEY']);

type Environment = Record<string, string | undefined>;

/** Reads a function's configuration at its cold start. Throws one error that lists every variable at fault. */
export function readConfig<T extends z.ZodMiniType>(
  schema: T,
  environment: Environment = process.env,
): z.infer<T> {
  const present = Object.entries(environment).filter(([, value]) => value !== '');
  const parsed = schema.safeParse(Object.fromEntries(present));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => describe(issue, environment));
  throw new Error(`The environment breaks these rules: ${faults.join('; ')}`);
}

function describe({ path, message }: z.core.$ZodIssue, environment: Environment): string {
  const variable = String(path[0]);
  const value = environment[variable];
  if (value === undefined || value === '') return `${variable} is not set`;
  return `${variable}: ${message}, got ${SECRETS.has(variable) ? 'a secret' : JSON.stringify(value)}`;
}

function parseFaults(text: string, { issues }: z.core.ParsePayload): PaymentFaults {
  const refuse = (message: string) => {
    issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  };
  try {
    const parsed = paymentFaultsSchema().safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : refuse(z.prettifyError(parsed.error));
  } catch {
    return refuse('not JSON');
  }
}
