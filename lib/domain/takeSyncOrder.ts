import { chargeOrder, type PayingDeps } from './chargeOrder.ts';
import { endAbandonedOrder } from './endAbandonedOrder.ts';
import { OrderError } from './errors.ts';
import { isLeased, leaseEnd } from './lease.ts';
import { isRevivable, type Order } from './order.ts';
import { storeHolding } from './storeHolding.ts';
import { notTaken, outcomeUnknown, type TakenOrder } from './storeOnce.ts';

export interface TakeSyncDeps extends PayingDeps {
  /** What a buyer whose first request is still paying is told to wait. */
  retryAfterSeconds: number;
}

/** What `POST /orders/sync` does: takes an order and pays it while the buyer waits. Returns it completed, declined or cancelled for good. */
export async function takeSyncOrder(deps: TakeSyncDeps, order: Order): Promise<TakenOrder> {
  const placement = await storeHolding(deps, order);
  if (placement.isNew) return { ...placement, order: await payNow(deps, placement.order) };
  const { order: standing } = placement;
  if (standing.status !== 'pending') return placement;
  if (isLeased(standing, deps.clock.now())) throw inProgress(deps, standing);

  const { order: resolved } = await endAbandonedOrder(deps, standing).catch((error) => {
    throw outcomeUnknown(standing, error);
  });
  if (resolved.status === 'pending') throw inProgress(deps, resolved);
  return isRevivable(resolved) ? takeSyncOrder(deps, order) : { order: resolved, isNew: false };
}

async function payNow(deps: TakeSyncDeps, order: Order): Promise<Order> {
  const startedAt = deps.clock.now();
  const settled = await chargeOrder(deps, order, leaseEnd(order)).catch((error) =>
    settle(deps, order, startedAt + deps.paymentTimeoutMs, error),
  );
  if (settled.revision !== order.revision) throw inProgress(deps, settled);
  if (settled.status === 'cancelled') throw notTaken(settled);
  return settled;
}

/** Finds the end of an order whose charge did not answer, as long as the buyer can wait for it. */
async function settle(
  deps: TakeSyncDeps,
  order: Order,
  deadlineMs: number,
  cause: unknown,
): Promise<Order> {
  const { order: resolved, resolvesAt } = await endAbandonedOrder(deps, order).catch((error) => {
    throw outcomeUnknown(order, error);
  });
  if (resolved.status !== 'pending' || resolved.revision !== order.revision) return resolved;
  if (resolvesAt === undefined || resolvesAt > deadlineMs) throw outcomeUnknown(order, cause);
  await deps.clock.sleep(resolvesAt - deps.clock.now());
  return settle(deps, order, Math.min(deadlineMs, resolvesAt), cause);
}

const inProgress = ({ retryAfterSeconds }: TakeSyncDeps, order: Order): OrderError =>
  new OrderError('order_in_progress', 'the order is still being paid', {
    order,
    retryAfterSeconds,
  });
