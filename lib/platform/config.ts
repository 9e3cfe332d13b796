import * as z from 'zod/mini';
import { type PaymentFaults, paymentFaultsSchema } from '../domain/declinesAndFaults.ts';
import { ASYNC_WAYS, type AsyncWay } from '../domain/order.ts';

/** What a variable says, or the rule that it breaks, thrown as an error. Only an optional one is asked where it is not set. */
type Rule<Value> = (text: string) => Value;
type Optional<Value> = Rule<Value> & { ifNotSet: Value };
type Rules = Record<string, Rule<unknown> | Optional<unknown>>;
type Config<Of extends Rules> = { [Name in keyof Of]: ReturnType<Of[Name]> };

const name: Rule<string> = (text) => text;

const number =
  (min: number, max: number): Rule<number> =>
  (text) => {
    const value = Number(text);
    if (value >= min && value <= max) return value;
    throw new Error(`must be a number from ${min} to ${max}`);
  };

const salt: Rule<string> = (text) => {
  if (text.length >= 16) return text;
  throw new Error('must have at least 16 characters');
};

const asyncWay: Rule<AsyncWay> = (text) => {
  const way = ASYNC_WAYS.find((known) => known === text);
  if (way !== undefined) return way;
  throw new Error('must be queued or direct');
};

const url: Rule<string> = (text) => {
  if (URL.canParse(text)) return text;
  throw new Error('must be a URL');
};

const faults: Rule<PaymentFaults> = (text) => {
  const parsed = paymentFaultsSchema().safeParse(readJson(text));
  if (parsed.success) return parsed.data;
  throw new Error(z.prettifyError(parsed.error));
};

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
}

const byDefault = <Value, Other>(rule: Rule<Value>, ifNotSet: Other): Optional<Value | Other> =>
  Object.assign((text: string): Value | Other => rule(text), { ifNotSet });
const optional = <Value>(rule: Rule<Value>) => byDefault(rule, undefined);

const orders = () => ({ ORDERS_TABLE: name });
const charges = () => ({ CHARGES_TABLE: name, PAYMENT_FAULTS: optional(faults) });
/** Not set in a stage without a stock. */
const stock = () => ({ STOCK_TABLE: optional(name) });
const holding = () => ({ ...stock(), UNITS_PER_CUSTOMER: optional(number(1, 100)) });
const payment = () => ({
  ...charges(),
  PAYMENT_SECONDS: number(0, 20),
  PAYMENT_TIMEOUT_MS: number(1, 900_000),
});
const intake = () => ({ ORDER_ID_SALT: salt });
/** What tells how long an order waits. A missing queue is answered, not a fault at the start. */
const waiting = () => ({
  SQS_QUEUE_URL: optional(name),
  PAYMENT_SECONDS: number(0, 20),
  PAYMENTS_AT_ONCE: number(1, 1_000_000),
  PAYMENTS_PER_WORKER: number(1, 1000),
});
/** Where the breaker of the payment provider stands; without it every charge is tried. */
const breaker = () => ({ OPERATIONS_TABLE: optional(name) });
/** Not set where an order may be paid at any time. */
const deadline = () => ({ ORDER_DEADLINE_SECONDS: optional(number(1, 86_400)) });
const sweeping = () => ({ SWEEP_AFTER_SECONDS: number(0, 86_400), SNS_TOPIC_ARN: optional(name) });

/**
 * What each function reads of its environment; an empty variable counts as not set. Rules of our own, since a schema that
 * is read once took a twentieth of a cold start; and functions, so that a bundle has the code of its own rules only.
 */
export const orderSyncRules = () => ({
  ...{ ...orders(), ...payment(), ...breaker(), ...intake(), ...holding() },
  SYNC_LEASE_SECONDS: number(1, 900),
});
export const orderAsyncRules = () => ({
  ...{ ...orders(), ...charges(), ...intake(), ...holding(), ...sweeping(), ...waiting() },
  // Not set where every order is taken, however long the line.
  MAX_PROMISE_SECONDS: optional(number(1, 86_400)),
  ASYNC_WAY: asyncWay,
});
export const orderStatusRules = () => ({ ...orders(), ...waiting() });
export const healthRules = () => ({
  POWERTOOLS_SERVICE_NAME: name,
  STAGE: name,
  SERVICE_VERSION: name,
});
export const orderCancelRules = () => ({ ...orders(), ...charges(), ...stock() });
export const processorRules = () => ({
  ...orders(),
  ...payment(),
  ...breaker(),
  ...deadline(),
  ...stock(),
});
export const orderSweeperRules = () => ({
  ...{ ...orders(), ...payment(), ...breaker(), ...deadline(), ...sweeping(), ...stock() },
  STOCK_LEASE_SECONDS: optional(number(1, 900)),
});
/** Of a provider that is asked over HTTP, beside what the function knows of payments. */
export const paymentApiRules = () => ({
  PAYMENT_API_URL: url,
  PAYMENT_API_KEY: name,
  PAYMENT_CURRENCY: name,
  PAYMENT_METHOD: name,
  // Not set where nothing is charged.
  PAYMENT_TIMEOUT_MS: byDefault(number(1, 900_000), 3_000),
});

export const stageName = (): string => process.env.STAGE ?? 'local';

const SECRETS = new Set(['ORDER_ID_SALT', 'PAYMENT_API_KEY']);

type Environment = Record<string, string | undefined>;

/** Reads a function's configuration at its cold start. Throws one error that lists every variable at fault. */
export function readConfig<Of extends Rules>(
  rules: Of,
  environment: Environment = process.env,
): Config<Of> {
  const faults: string[] = [];
  const read = ([variable, rule]: [string, Rules[string]]): [string, unknown] => {
    try {
      return [variable, readVariable(environment[variable], rule)];
    } catch (error) {
      faults.push(`${variable}${told(variable, environment[variable], error as Error)}`);
      return [variable, undefined];
    }
  };
  const config = Object.fromEntries(Object.entries(rules).map(read)) as Config<Of>;
  if (faults.length === 0) return config;
  throw new Error(`The environment breaks these rules: ${faults.join('; ')}`);
}

function readVariable(text: string | undefined, rule: Rules[string]): unknown {
  if (text) return rule(text);
  if ('ifNotSet' in rule) return rule.ifNotSet;
  throw new Error('is not set');
}

function told(variable: string, text: string | undefined, { message }: Error): string {
  if (!text) return ` ${message}`;
  return `: ${message}, got ${SECRETS.has(variable) ? 'a secret' : JSON.stringify(text)}`;
}
