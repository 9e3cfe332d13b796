import { createHmac, hash } from 'node:crypto';
import type { Item, Way } from './order.ts';
import { randomness } from './randomness.ts';

/**
 * The id of the order that this customer's key stands for, so that one conditional write is order record and
 * idempotency record in one. Without the salt it cannot be guessed.
 */
export function keyedOrderId(salt: string, customerId: number, key: string): string {
  const digest = createHmac('sha256', salt)
    .update(JSON.stringify([customerId, key]))
    .digest('hex');
  return `ord_${digest.slice(0, 32)}`;
}

export const randomOrderId = (): string => `ord_${randomness.bytes(16).toString('hex')}`;

export const newAttemptId = (): string => randomness.bytes(9).toString('base64url');

/** Equal for requests that ask for the same order the same way. */
export function requestHash(request: { customer_id: number; items: Item[] }, way: Way): string {
  const items = request.items.map((item) => [item.item_id, item.name, item.price, item.quantity]);
  const canonical = JSON.stringify([way, request.customer_id, items]);
  return hash('sha256', canonical).slice(0, 32);
}
