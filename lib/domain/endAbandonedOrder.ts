import { endOf, endOrder, lookUpCharge, type PaymentDeps, voidCharge } from './chargeOrder.ts';
import type { Order } from './order.ts';

export interface Resolution {
  order: Order;
  /** While the order is still pending: when its charge will have an outcome, if that is known. */
  resolvesAt?: number;
}

/**
 * For the sweeper and for a repeated sync request: brings an order that nobody pays any more to its end, by what the
 * provider knows of it. A charge that was never
 * begun is made impossible first, and only then is the order cancelled.
 */
export async function endAbandonedOrder(deps: PaymentDeps, order: Order): Promise<Resolution> {
  const known = await lookUpCharge(deps, order);
  if (known.state === 'in_progress') return { order, resolvesAt: known.resolvesAt };
  if (known.state === 'absent' && !(await voidCharge(deps, order))) return { order };
  const outcome = known.state === 'absent' ? ({ state: 'void' } as const) : known;
  const end = endOf(order, outcome, deps.clock.now());
  return { order: end === undefined ? order : await endOrder(deps, order, end) };
}
