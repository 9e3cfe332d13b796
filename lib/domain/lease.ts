import type { Order } from './order.ts';

/** What a request may need beyond its function's timeout until its last write has arrived. */
const MARGIN_SECONDS = 5;

/** How long a sync order belongs to the request that took it: until nobody can be paying it any more. */
export const leaseSeconds = (functionTimeoutSeconds: number): number =>
  functionTimeoutSeconds + MARGIN_SECONDS;

export const leaseEnd = (order: Order): number =>
  Date.parse(order.lease_until ?? order.accepted_at);

export const isLeased = (order: Order, nowMs: number): boolean => leaseEnd(order) > nowMs;
