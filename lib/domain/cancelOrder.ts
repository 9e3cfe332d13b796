import { endOrder, type PaymentDeps, voidCharge } from './chargeOrder.ts';
import { OrderError } from './errors.ts';
import type { CancelReason, Order } from './order.ts';
import { outcomeUnknown } from './storeOnce.ts';

/** What `DELETE /orders/{order_id}` does: cancels a pending order for good, unless its charge was begun. */
export async function cancelOrder(deps: PaymentDeps, orderId: string): Promise<Order | undefined> {
  const order = await deps.store.get(orderId);
  if (order === undefined || order.status === 'cancelled') return order;
  if (order.status !== 'pending') throw cannotCancel(order, `the order is ${order.status}`);
  const ended = await cancelUncharged(deps, order, 'requested').catch((error) => {
    throw outcomeUnknown(order, error);
  });
  if (ended === undefined) throw cannotCancel(order, 'the charge of the order was begun');
  // A request with its key may have taken it anew meanwhile.
  return ended.status === 'pending' ? cancelOrder(deps, orderId) : ended;
}

/** Makes the charge impossible and then cancels the order; nothing where the charge was begun before. */
export async function cancelUncharged(
  deps: PaymentDeps,
  order: Order,
  reason: CancelReason,
): Promise<Order | undefined> {
  if (!(await voidCharge(deps, order, reason))) return undefined;
  return endOrder(deps, order, { status: 'cancelled', cancel_reason: reason });
}

/** When the order's charge may be begun at the latest. One that is being taken back has another end before it. */
export const deadlineOf = ({ orderDeadlineMs }: PaymentDeps, order: Order): number | undefined =>
  orderDeadlineMs === undefined || order.pledge === 'withdrawn'
    ? undefined
    : Date.parse(order.accepted_at) + orderDeadlineMs;

export const isLate = (deps: PaymentDeps, order: Order): boolean =>
  deps.clock.now() > (deadlineOf(deps, order) ?? Number.POSITIVE_INFINITY);

/** Cancels an order that was not paid in time; nothing where its charge was begun. */
export const cancelLate = (deps: PaymentDeps, order: Order): Promise<Order | undefined> =>
  cancelUncharged(deps, order, 'deadline_passed');

const cannotCancel = (order: Order, why: string): OrderError =>
  new OrderError('cannot_cancel', why, { order });
