import * as z from 'zod';
import { type PaymentFaults, paymentFaultsSchema } from '../domain/paymentFaults.ts';

const name = () => z.string();
const seconds = (min: number, max: number) => z.coerce.number().min(min).max(max);

const orders = () => ({ ORDERS_TABLE: name() });
const charges = () => ({
  CHARGES_TABLE: name(),
  PAYMENT_FAULTS: z.string().transform(parseFaults).optional(),
});
const payment = () => ({
  ...charges(),
  PAYMENT_SECONDS: seconds(0, 20),
  PAYMENT_TIMEOUT_MS: z.coerce.number().int().min(1),
});
const intake = () => ({ ORDER_ID_SALT: z.string().min(16) });
const sweeping = () => ({
  SWEEP_AFTER_SECONDS: seconds(0, 86_400),
  SNS_TOPIC_ARN: name().optional(),
});

/**
 * What each function reads of its environment; an empty variable counts as not set. Made on demand: a schema takes a
 * good part of a millisecond, and a cold start needs one of them.
 */
export const orderSyncSchema = () =>
  z.object({ ...orders(), ...payment(), ...intake(), SYNC_LEASE_SECONDS: seconds(1, 900) });
export const orderAsyncSchema = () =>
  z.object({
    ...orders(),
    ...charges(),
    ...intake(),
    ...sweeping(),
    // A missing topic or queue is answered, not a fault at the start: the rest of the service goes on.
    SQS_QUEUE_URL: name().optional(),
    ASYNC_WAY: z.enum(['queued', 'direct']),
  });
export const orderStatusSchema = () => z.object(orders());
export const healthSchema = () =>
  z.object({ POWERTOOLS_SERVICE_NAME: name(), STAGE: name(), SERVICE_VERSION: name() });
export const processorSchema = () => z.object({ ...orders(), ...payment() });
export const orderSweeperSchema = () => z.object({ ...orders(), ...payment(), ...sweeping() });

const SECRETS = new Set(['ORDER_ID_SALT']);

type Environment = Record<string, string | undefined>;

/** Reads a function's configuration at its cold start. Throws one error that lists every variable at fault. */
export function readConfig<T extends z.ZodType>(
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

function parseFaults(text: string, context: z.RefinementCtx): PaymentFaults {
  try {
    return paymentFaultsSchema().parse(JSON.parse(text));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : 'not JSON';
    context.addIssue({ code: 'custom', message: detail });
    return z.NEVER;
  }
}
