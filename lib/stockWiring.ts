import { type DynamoClient, dynamoClient } from './adapters/dynamoClient.ts';
import { dynamoStockStore } from './adapters/dynamoStockStore.ts';
import type { PaymentDeps } from './domain/chargeOrder.ts';
import { sweepStock } from './domain/sweepStock.ts';
import { UnitStock } from './domain/unitStock.ts';
import { awsAccess } from './platform/awsAccess.ts';
import { systemClock } from './platform/clock.ts';

export interface StockConfig {
  STOCK_TABLE?: string | undefined;
  UNITS_PER_CUSTOMER?: number | undefined;
  STOCK_LEASE_SECONDS?: number | undefined;
}

/** The stock of a stage that has one. A bundle for one that has none holds `noStock.ts` in the place of this file. */
export function unitStock(client: DynamoClient, config: StockConfig): UnitStock | undefined {
  if (config.STOCK_TABLE === undefined) return undefined;
  const store = dynamoStockStore(client, config.STOCK_TABLE);
  return new UnitStock({ store, clock: systemClock, perCustomer: config.UNITS_PER_CUSTOMER });
}

/** What the sweeper does for the stock until a deadline. */
export function stockSweep(
  config: StockConfig,
  { store, clock, report }: PaymentDeps,
): ((deadlineMs: number) => Promise<void>) | undefined {
  const { STOCK_TABLE: table, STOCK_LEASE_SECONDS: leaseSeconds } = config;
  if (table === undefined || leaseSeconds === undefined) return undefined;
  const stockRows = dynamoStockStore(dynamoClient(awsAccess('dynamodb')), table);
  const deps = { store, stockRows, clock, report, leaseMs: leaseSeconds * 1000 };
  return (deadlineMs) => sweepStock(deps, deadlineMs);
}
