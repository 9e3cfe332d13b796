import type { Sizing } from '../parameters.ts';
import type { FunctionKey } from '../serviceNames.ts';

interface Service {
  custom?: { sizing?: Pick<Sizing, 'stock'> };
  functions: Record<string, { environment?: object }>;
}

const STOCK_TABLE = { Ref: 'StockTable' };

/** Tells the functions of a stage with a stock where it is; those of another stay as they are. */
export function addStockEnvironment({ custom, functions }: Service): void {
  const stock = custom?.sizing?.stock;
  if (stock === undefined) return;
  const limit = stock.unitsPerCustomer && { UNITS_PER_CUSTOMER: stock.unitsPerCustomer };
  const added: Partial<Record<FunctionKey, object>> = {
    orderSync: { STOCK_TABLE, ...limit },
    orderAsync: { STOCK_TABLE, ...limit },
    orderCancel: { STOCK_TABLE },
    queueWorker: { STOCK_TABLE },
    topicProcessor: { STOCK_TABLE },
    orderSweeper: { STOCK_TABLE, STOCK_LEASE_SECONDS: stock.leaseSeconds },
  };
  for (const [key, variables] of Object.entries(added)) {
    const declared = functions[key];
    if (declared !== undefined) declared.environment = { ...declared.environment, ...variables };
  }
}
