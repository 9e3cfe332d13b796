import * as z from 'zod';
import type { FunctionKey } from './serviceNames.ts';

/** Parameters of the payment provider. */
export const paymentProviderShape = {
  PAYMENT_PROVIDER: z.enum(['simulated', 'http'], 'must be simulated or http').default('simulated'),
  PAYMENT_API_URL: z
    .string()
    .regex(
      /^(https:\/\/[^/]|http:\/\/(localhost|127\.0\.0\.1)(:|\/|$))/,
      'must be an https URL, or an http one of this machine',
    )
    .default('https://api.stripe.com'),
  PAYMENT_API_KEY: z
    .string()
    .regex(/^[!-~]{8,}$/, 'must be 8 visible ASCII characters or more')
    .optional(),
  PAYMENT_CURRENCY: z
    .string()
    .regex(/^[a-z]{3}$/, 'must be three small letters')
    .default('usd'),
  // A test card: a live key refuses it.
  PAYMENT_METHOD: z
    .string()
    .regex(/^[\w-]+$/, 'must be the id of a payment method')
    .default('pm_card_visa'),
};

const PARTS_OF_API = Object.keys(paymentProviderShape).filter(
  (name) => name !== 'PAYMENT_PROVIDER',
);

/** What the functions know of a provider that is asked over HTTP; nothing with the simulated one. */
export function paymentApi(
  parameters: z.infer<z.ZodObject<typeof paymentProviderShape>>,
): Record<string, string> | undefined {
  const { PAYMENT_PROVIDER: provider, PAYMENT_API_KEY = '', ...rest } = parameters;
  if (provider === 'simulated') return undefined;
  const { PAYMENT_API_URL, PAYMENT_CURRENCY, PAYMENT_METHOD } = rest;
  return { PAYMENT_API_URL, PAYMENT_API_KEY, PAYMENT_CURRENCY, PAYMENT_METHOD };
}

export function providerFaults(given: Record<string, string | undefined>): string[] {
  const { PAYMENT_PROVIDER: provider, PAYMENT_API_KEY: key, PAYMENT_FAULTS: faults } = given;
  if (provider !== 'http') {
    return PARTS_OF_API.filter((name) => given[name] !== undefined).map(
      (name) => `${name}: needs PAYMENT_PROVIDER=http, got PAYMENT_PROVIDER=${provider ?? ''}`,
    );
  }
  return [
    ...(key === undefined ? ['PAYMENT_API_KEY: must be set with PAYMENT_PROVIDER=http'] : []),
    ...(faults === undefined
      ? []
      : ['PAYMENT_FAULTS: needs PAYMENT_PROVIDER=simulated, got PAYMENT_PROVIDER=http']),
  ];
}

const CALLERS: FunctionKey[] = [
  'orderSync',
  'orderAsync',
  'orderCancel',
  'queueWorker',
  'topicProcessor',
  'orderSweeper',
];

interface Service {
  custom?: { sizing?: { paymentApi?: Record<string, string> } };
  functions: Record<string, { environment?: object }>;
}

/** Tells the functions that charge or void where the provider is; those of another stage stay as they are. */
export function addPaymentEnvironment({ custom, functions }: Service): void {
  const added = custom?.sizing?.paymentApi;
  if (added === undefined) return;
  for (const key of CALLERS) {
    const declared = functions[key];
    if (declared !== undefined) declared.environment = { ...declared.environment, ...added };
  }
}
