import type { AsyncOrder, Order } from './order.ts';
import { endOrder, type PaymentDeps, paymentKey } from './payOrder.ts';
import { notTaken, type Placement, placeOrder } from './placeOrder.ts';
import type { OrderPublisher } from './ports.ts';

export interface TakeAsyncDeps extends PaymentDeps {
  publisher: OrderPublisher;
}

/** Takes an order for later: record before message. Repeats are not published again, the sweeper sees to those. */
export async function takeAsyncOrder(deps: TakeAsyncDeps, order: AsyncOrder): Promise<Placement> {
  const placement = await placeOrder(deps, order);
  if (!placement.isNew) return placement;
  const placed = { ...placement.order, way: order.way };
  try {
    await deps.publisher.publish(placed);
    deps.report({ type: 'published', order: placed });
    return placement;
  } catch (error) {
    deps.report({ type: 'publishFailed', order: placed, error });
    return { order: await withdraw(deps, placed), isNew: true };
  }
}

/**
 * Takes the order back, if its message did not arrive all the same. It is "not taken" only once no charge can begin;
 * where that cannot be reached, the order stands and the sweeper brings it to its end.
 */
async function withdraw(deps: TakeAsyncDeps, order: AsyncOrder): Promise<Order> {
  const standing = await withdrawn(deps, order).catch((error) => {
    deps.report({ type: 'withdrawFailed', order, error });
    return order;
  });
  if (standing.status === 'cancelled') throw notTaken(standing);
  return standing;
}

async function withdrawn(deps: TakeAsyncDeps, order: AsyncOrder): Promise<Order> {
  if (!(await deps.payments.void(paymentKey(order)))) return order;
  return endOrder(deps, order, { status: 'cancelled', cancel_reason: 'publish_failed' });
}
