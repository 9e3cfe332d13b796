import { dynamoChargeBook } from './adapters/dynamoChargeBook.ts';
import type { DynamoClient } from './adapters/dynamoClient.ts';
import type { PaymentFaults } from './domain/declinesAndFaults.ts';
import type { PaymentProvider } from './domain/ports.ts';
import { simulatedPayment } from './domain/simulatedPayment.ts';
import { systemClock } from './platform/clock.ts';

export interface ProviderConfig {
  CHARGES_TABLE: string;
  PAYMENT_FAULTS?: PaymentFaults | undefined;
  /** Missing where nothing is charged. */
  PAYMENT_SECONDS?: number;
}

/** The simulated provider. A bundle for `PAYMENT_PROVIDER=http` holds `httpPaymentWiring.ts` in the place of this file. */
export const paymentProvider = (dynamo: DynamoClient, config: ProviderConfig): PaymentProvider =>
  simulatedPayment({
    book: dynamoChargeBook(dynamo, config.CHARGES_TABLE),
    clock: systemClock,
    durationMs: (config.PAYMENT_SECONDS ?? 0) * 1000,
    faults: config.PAYMENT_FAULTS,
  });
