import { dynamoOpenChargeBook } from './adapters/dynamoOpenChargeBook.ts';
import { httpPayment } from './adapters/httpPayment.ts';
import type { paymentProvider as providerOf } from './paymentWiring.ts';
import { systemClock } from './platform/clock.ts';
import { paymentApiRules, readConfig } from './platform/config.ts';

/** In the place of `paymentWiring.ts` in the bundles of a stage with `PAYMENT_PROVIDER=http`. */
export const paymentProvider: typeof providerOf = (dynamo, { CHARGES_TABLE: table }) => {
  const config = readConfig(paymentApiRules());
  return httpPayment({
    book: dynamoOpenChargeBook(dynamo, table),
    clock: systemClock,
    api: {
      url: config.PAYMENT_API_URL,
      apiKey: config.PAYMENT_API_KEY,
      timeoutMs: config.PAYMENT_TIMEOUT_MS,
    },
    currency: config.PAYMENT_CURRENCY,
    paymentMethod: config.PAYMENT_METHOD,
  });
};
