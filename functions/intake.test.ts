import '../lib/testing/environment.ts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Order } from '../lib/domain/order.ts';
import { orderStack } from '../lib/platform/httpStack.ts';
import { captureLog, lambdaContext, postEvent } from '../lib/testing/lambda.ts';
import {
  failing,
  LEASE_MS,
  orderRequest,
  SALT,
  SWEEP_AFTER_MS,
  world,
} from '../lib/testing/world.ts';
import { createOrderAsync } from './orderAsync.ts';
import { createOrderSync } from './orderSync.ts';

const KEY = { headers: { 'idempotency-key': 'k' } };

beforeEach(() => {
  captureLog();
});
afterEach(() => {
  jest.restoreAllMocks();
});

function intake(faults = {}) {
  const all = world(faults);
  const missing: string[] = [];
  const config = {
    salt: SALT,
    leaseMs: LEASE_MS,
    sweepAfterMs: SWEEP_AFTER_MS,
    defaultWay: 'queued' as const,
    missingFor: () => missing,
  };
  const post = async (
    way: 'sync' | 'async',
    event: Parameters<typeof postEvent> = [],
    overrides: Partial<typeof all.deps> = {},
  ) => {
    const deps = { ...all.deps, ...config, ...overrides };
    const handler =
      way === 'sync'
        ? orderStack(createOrderSync(deps), () => 'sync')
        : orderStack(createOrderAsync(deps), () => 'queued');
    const response = await handler(postEvent(...event), lambdaContext());
    return { ...response, body: JSON.parse(response.body ?? '') };
  };
  return { ...all, post, missing };
}

describe('POST /orders/async', () => {
  it('answers 202 with the pending order and where to find it', async () => {
    const { post, publisher } = intake();

    const { statusCode, headers, body } = await post('async', [orderRequest(), { way: 'direct' }]);

    expect(statusCode).toBe(202);
    expect(headers).toEqual({
      'content-type': 'application/json',
      location: `/orders/${body.order_id}`,
    });
    expect(body).toEqual({
      ...orderRequest(),
      order_id: expect.stringMatching(/^ord_[0-9a-f]{32}$/),
      total_cents: 5997,
      way: 'direct',
      status: 'pending',
      created_at: '2026-11-27T12:00:00.000Z',
    });
    expect(publisher.published).toMatchObject([{ way: 'direct' }]);
  });

  it('marks a repeat with the same key, quoted or not', async () => {
    const { post, publisher } = intake();
    const first = await post('async', [orderRequest(), KEY]);

    const again = await post('async', [orderRequest(), { headers: { 'idempotency-key': '"k"' } }]);

    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(again).toMatchObject({ statusCode: 202, headers: { 'idempotent-replayed': 'true' } });
    expect(again.body).toEqual(first.body);
    expect(publisher.published).toHaveLength(1);
  });

  it('answers 503 that names what is not set, and stores nothing', async () => {
    const { post, store, missing } = intake();
    missing.push('SNS_TOPIC_ARN', 'SQS_QUEUE_URL');

    const { statusCode, headers, body } = await post('async');

    expect(statusCode).toBe(503);
    expect(headers).toHaveProperty('retry-after');
    expect(body.detail).toBe('SNS_TOPIC_ARN and SQS_QUEUE_URL are not set');
    expect(store.orders.size).toBe(0);
  });

  it('answers 503 with Retry-After when the order could not be published', async () => {
    const { post, publisher } = intake();

    const { statusCode, headers } = await post('async', [orderRequest(), KEY], {
      publisher: failing(publisher, 'publish', 'before') as typeof publisher,
    });

    expect(statusCode).toBe(503);
    expect(headers).toMatchObject({ 'retry-after': '2' });
  });

  it('answers 500 where a row that is no order stands in the way, and touches nothing', async () => {
    const { post, store, publisher } = intake();
    const { body } = await post('async', [orderRequest(), KEY]);
    const odd = { ...store.orders.get(body.order_id), total_cents: -5 } as Order;
    store.orders.set(odd.order_id, odd);

    const again = await post('async', [orderRequest(), KEY]);

    expect(again).toMatchObject({
      statusCode: 500,
      body: { type: 'urn:flash-sale:problem:internal-error' },
    });
    expect(store.orders.get(odd.order_id)).toEqual(odd);
    expect(publisher.published).toHaveLength(1);
  });

  it('answers 422 for the same key on the other endpoint', async () => {
    const { post } = intake();
    await post('async', [orderRequest(), KEY]);

    const { statusCode, headers, body } = await post('sync', [orderRequest(), KEY]);

    expect(statusCode).toBe(422);
    expect(headers).not.toHaveProperty('location');
    expect(body.title).toBe('The idempotency key was used before');
  });
});

describe('POST /orders/sync', () => {
  it('answers 200 with the completed order', async () => {
    const { post } = intake();

    const { statusCode, body } = await post('sync');

    expect(statusCode).toBe(200);
    expect(body).toEqual({
      ...orderRequest(),
      order_id: expect.any(String),
      total_cents: 5997,
      way: 'sync',
      status: 'completed',
      created_at: '2026-11-27T12:00:00.000Z',
      completed_at: '2026-11-27T12:00:03.000Z',
      payment_id: `${body.order_id}#1`,
    });
  });

  it.each(['way', 'Way'])('refuses the parameter %s: it has one way', async (name) => {
    const { post, store } = intake();

    const { statusCode, body } = await post('sync', [
      orderRequest(),
      { query: { [name]: 'sync' } },
    ]);

    expect(statusCode).toBe(400);
    expect(body.errors).toEqual([
      {
        parameter: name,
        detail: 'is not taken by this route, whose way is sync, got "sync"',
      },
    ]);
    expect(store.orders.size).toBe(0);
  });

  it('answers 402 with the declined order, and again for a repeat', async () => {
    const { post } = intake({ decline: 1 });

    const first = await post('sync', [orderRequest(), KEY]);
    const again = await post('sync', [orderRequest(), KEY]);

    expect(first).toMatchObject({
      statusCode: 402,
      headers: {
        'content-type': 'application/problem+json',
        location: `/orders/${first.body.order.order_id}`,
      },
      body: { status: 402, order: { status: 'declined', decline_reason: 'card_declined' } },
    });
    expect(first.body.order).not.toHaveProperty('request_hash');
    expect(again).toEqual({
      ...first,
      headers: { ...first.headers, 'idempotent-replayed': 'true' },
    });
  });

  it('answers 409 with Retry-After while the first request is paying', async () => {
    const { post } = intake();
    const first = post('sync', [orderRequest(), KEY]);

    const { statusCode, headers } = await post('sync', [orderRequest(), KEY]);

    expect(statusCode).toBe(409);
    expect(headers).toMatchObject({ 'retry-after': '3' });
    expect(await first).toMatchObject({ statusCode: 200 });
  });

  it('answers 503 when nothing was charged, and 500 with the place to look when that is not known', async () => {
    const { post, payments } = intake();
    const before = failing(payments, 'charge', 'before');
    const unknown = failing(failing(payments, 'charge', 'after'), 'lookup', 'before', 2);

    expect(await post('sync', [], { payments: before })).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': '2' },
    });
    expect(await post('sync', [], { payments: unknown })).toMatchObject({
      statusCode: 500,
      headers: { location: expect.stringMatching(/^\/orders\/ord_/) },
      body: { type: 'urn:flash-sale:problem:outcome-unknown' },
    });
  });
});
