import type { Order } from './order.ts';
import type { Report } from './ports.ts';
import type { UnitStock } from './unitStock.ts';

interface SettlingDeps {
  report: Report;
  stock?: UnitStock | undefined;
}

/** Sells or frees the units of an order that has ended. Whatever keeps it from that, the order stands: the sweeper sees to its units. */
export async function settleUnits({ report, stock }: SettlingDeps, order: Order): Promise<void> {
  if (stock === undefined || order.held === undefined) return;
  const { order_id } = order;
  try {
    const units = await stock.settle(order);
    const type = order.status === 'completed' ? 'unitsSold' : 'unitsFreed';
    if (units > 0) report({ type, order_id, units });
  } catch (error) {
    report({ type: 'unitsLeft', order_id, error });
  }
}
