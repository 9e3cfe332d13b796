import { endOrder, type PaymentDeps, voidCharge } from './chargeOrder.ts';
import { type AsyncOrder, isRevivable, type Order, type Pledge } from './order.ts';
import type { OrderPublisher } from './ports.ts';
import { storeHolding } from './storeHolding.ts';
import { notTaken, outcomeUnknown, type TakenOrder } from './storeOnce.ts';

export interface TakeAsyncDeps extends PaymentDeps {
  publisher: OrderPublisher;
}

/** What `POST /orders/async` does: takes an order for later, record before message. Repeats are not published again, the sweeper sees to those. */
export async function takeAsyncOrder(deps: TakeAsyncDeps, order: AsyncOrder): Promise<TakenOrder> {
  const placement = await storeHolding(deps, order);
  if (!placement.isNew) return repeat(deps, order, placement);
  const placed = { ...placement.order, way: order.way };
  try {
    deps.report({ type: 'publishing', order: placed });
    await deps.publisher.publish(placed);
    deps.report({ type: 'published', order: placed });
    return placement;
  } catch (error) {
    deps.report({ type: 'publishFailed', order: placed, error });
    return { order: await withdraw(deps, placed), isNew: true };
  }
}

/**
 * Pledges to a repeat the order that it found pending: from then on it cannot be taken back. One that is being taken back
 * is ended first, and then taken anew.
 */
async function repeat(
  deps: TakeAsyncDeps,
  order: AsyncOrder,
  found: TakenOrder,
): Promise<TakenOrder> {
  if (found.order.status !== 'pending') return found;
  const standing = await settlePledge(deps, found.order, 'given');
  const isFree = isWithdrawn(standing) ? await takenBack(deps, standing) : isRevivable(standing);
  return isFree ? takeAsyncOrder(deps, order) : { ...found, order: standing };
}

/** Takes back what could not be published, unless its message arrived all the same or a repeat was told 202. */
async function withdraw(deps: TakeAsyncDeps, order: AsyncOrder): Promise<Order> {
  const standing = await settlePledge(deps, order, 'withdrawn');
  const isGone = standing.status === 'cancelled' || standing.revision !== order.revision;
  if (isGone || (isWithdrawn(standing) && (await takenBack(deps, standing)))) throw notTaken(order);
  return standing;
}

/** Of `given` and `withdrawn` the first one written stands, so that no order that was answered 202 is cancelled. */
async function settlePledge(deps: TakeAsyncDeps, order: Order, pledge: Pledge): Promise<Order> {
  if (order.pledge !== undefined) return order;
  return deps.store.settlePledge(order, pledge).catch((error) => {
    throw unsettled(deps, order, error);
  });
}

const isWithdrawn = ({ status, pledge }: Order): boolean =>
  status === 'pending' && pledge === 'withdrawn';

/**
 * Cancels the order, once its charge has been made impossible; false when that was begun before. Once it is impossible
 * the order is not taken, even where it cannot be cancelled yet: a repeat or the next delivery sees to that.
 */
async function takenBack(deps: TakeAsyncDeps, order: Order): Promise<boolean> {
  const isVoid = await voidCharge(deps, order).catch((error) => {
    throw unsettled(deps, order, error);
  });
  if (!isVoid) return false;
  await endOrder(deps, order, { status: 'cancelled', cancel_reason: 'publish_failed' }).catch(
    (error) => {
      deps.report({ type: 'withdrawFailed', order, error });
      throw notTaken(order, error);
    },
  );
  return true;
}

/** Whether the order stands or is taken back is not known: neither 202 nor 503 would be true. */
function unsettled({ report }: TakeAsyncDeps, order: Order, error: unknown): Error {
  report({ type: 'withdrawFailed', order, error });
  return outcomeUnknown(order, error);
}
