import { dynamoBreakerStore } from './adapters/dynamoBreakerStore.ts';
import { type DynamoClient, dynamoClient } from './adapters/dynamoClient.ts';
import { dynamoOrderStore, type ReadingOptions } from './adapters/dynamoOrderStore.ts';
import { Breaker, watchedPayments } from './domain/breaker.ts';
import type { PayingDeps, PaymentDeps } from './domain/chargeOrder.ts';
import { type ProviderConfig, paymentProvider } from './paymentWiring.ts';
import { awsAccess } from './platform/awsAccess.ts';
import { systemClock } from './platform/clock.ts';
import { reportOrderEvent } from './platform/reportOrderEvent.ts';
import { type StockConfig, unitStock } from './stockWiring.ts';

interface PaymentConfig extends StockConfig, ProviderConfig {
  ORDERS_TABLE: string;
  ORDER_DEADLINE_SECONDS?: number | undefined;
  OPERATIONS_TABLE?: string | undefined;
}

/** Orders and their payment, live: what every function needs that may end an order. */
export function paymentDeps(config: PaymentConfig, reading?: ReadingOptions): PaymentDeps {
  const dynamo = dynamoClient(awsAccess('dynamodb'));
  const provider = paymentProvider(dynamo, config);
  const breaker = breakerOf(dynamo, config);
  return {
    store: dynamoOrderStore(dynamo, config.ORDERS_TABLE, reading),
    payments: breaker ? watchedPayments(provider, breaker) : provider,
    breaker,
    clock: systemClock,
    report: reportOrderEvent,
    orderDeadlineMs: config.ORDER_DEADLINE_SECONDS && config.ORDER_DEADLINE_SECONDS * 1000,
    stock: unitStock(dynamo, config),
  };
}

const breakerOf = (dynamo: DynamoClient, { OPERATIONS_TABLE: table }: PaymentConfig) =>
  table === undefined
    ? undefined
    : new Breaker({
        store: dynamoBreakerStore(dynamo, table),
        clock: systemClock,
        report: reportOrderEvent,
      });

/** The same for a function that charges. */
export const payingDeps = (
  config: PaymentConfig & { PAYMENT_TIMEOUT_MS: number },
  reading?: ReadingOptions,
): PayingDeps => ({
  ...paymentDeps(config, reading),
  paymentTimeoutMs: config.PAYMENT_TIMEOUT_MS,
});
