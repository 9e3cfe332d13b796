import { totalCents } from './money.ts';
import { type Order, openShard, toIso, type Way } from './order.ts';
import { keyedOrderId, newAttemptId, randomOrderId, requestHash } from './orderIdentity.ts';
import type { OrderRequest } from './orderRequest.ts';

export interface TakenRequest {
  request: OrderRequest;
  way: Way;
  idempotencyKey: string | undefined;
  salt: string;
  nowMs: number;
  /** When the sweeper has to look at it, if it is still open then. */
  sweepAtMs: number;
  /** The sync way only. */
  leaseUntilMs?: number;
  /** The asynchronous ways only. */
  expected?: { atMs: number; ahead: number | undefined };
}

/** The pending order of a request, as it is to be stored. */
export function orderFromRequest(order: TakenRequest): Order {
  const { request, way, idempotencyKey, salt, nowMs } = order;
  const orderId =
    idempotencyKey === undefined
      ? randomOrderId()
      : keyedOrderId(salt, request.customer_id, idempotencyKey);
  const now = toIso(nowMs);
  return {
    order_id: orderId,
    customer_id: request.customer_id,
    items: request.items,
    total_cents: totalCents(request.items),
    way,
    status: 'pending',
    created_at: now,
    accepted_at: now,
    revision: 1,
    attempt_id: newAttemptId(),
    request_hash: requestHash(request, way),
    open_shard: openShard(orderId),
    sweep_at: toIso(order.sweepAtMs),
    ...(order.expected && {
      expected_at: toIso(order.expected.atMs),
    }),
    ...(order.expected?.ahead !== undefined && { ahead: order.expected.ahead }),
    ...(order.leaseUntilMs !== undefined && { lease_until: toIso(order.leaseUntilMs) }),
  };
}
