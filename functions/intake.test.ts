import '../lib/testing/environment.ts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Order } from '../lib/domain/order.ts';
import { UnitStock } from '../lib/domain/unitStock.ts';
import { httpStack, orderStack } from '../lib/platform/httpStack.ts';
import { captureLog, lambdaContext, postEvent } from '../lib/testing/lambda.ts';
import { MemoryStock } from '../lib/testing/memoryStock.ts';
import {
  failing,
  LEASE_MS,
  LINE,
  orderRequest,
  SALT,
  SWEEP_AFTER_MS,
  world,
} from '../lib/testing/world.ts';
import { createOrderAsync } from './orderAsync.ts';
import { createOrderStatus } from './orderStatus.ts';
import { createOrderSync } from './orderSync.ts';

const KEY = { headers: { 'idempotency-key': 'k' } };

beforeEach(() => {
  captureLog();
});
afterEach(() => {
  jest.restoreAllMocks();
});

type Overrides = Partial<Parameters<typeof createOrderAsync>[0]> & { stock?: UnitStock };

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
    overrides: Overrides = {},
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
      'retry-after': '4',
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

  it('is left alone by the sweeper as long as its message may wait in the queue', async () => {
    const { post, store, clock } = intake();
    const line = { ...LINE, ahead: 4_000 };
    const waitMs = LINE.ownMs + 4_000 * LINE.perOrderMs;

    const { body, headers } = await post('async', [orderRequest()], {
      lineNow: async () => line,
    });

    const { expected_at = '', sweep_at = '', ahead } = store.orders.get(body.order_id) ?? {};
    expect(ahead).toBe(4_000);
    expect(Date.parse(expected_at)).toBe(clock.now() + waitMs);
    expect(Date.parse(sweep_at)).toBe(clock.now() + waitMs + SWEEP_AFTER_MS);
    expect(headers).toMatchObject({ 'retry-after': '60' });
  });

  it('is looked at by the sweeper within the hour, however long the queue is', async () => {
    const { post, store, clock } = intake();
    const acceptedAt = clock.now();

    const { body } = await post('async', [orderRequest()], {
      lineNow: async () => ({ ...LINE, ahead: 1e6 }),
    });

    const { sweep_at = '' } = store.orders.get(body.order_id) ?? {};
    expect(Date.parse(sweep_at)).toBe(acceptedAt + 3_600_000);
  });

  describe('before a line of 4,000 orders, where no more than 10 minutes are promised', () => {
    const line = { ...LINE, ahead: 4_000 };
    const busy = { lineNow: async () => line, maxPromiseMs: 600_000 };

    it('refuses what it cannot promise until it can, and takes nothing', async () => {
      const { post, store, publisher } = intake();

      const { statusCode, headers, body } = await post('async', [orderRequest(), KEY], busy);

      expect(statusCode).toBe(503);
      expect(body.type).toBe('urn:flash-sale:problem:line-too-long');
      const latestSeconds = 1.2 * (4.1 + 4_000 * 0.31) + 3;
      expect(headers).toMatchObject({ 'retry-after': String(Math.ceil(latestSeconds - 600)) });
      expect([store.orders.size, publisher.published]).toEqual([0, []]);
    });

    it('takes what it can promise, and repeats the promise to whoever looks it up', async () => {
      const { post, store, clock } = intake();

      const { statusCode, body } = await post('async', [orderRequest()], {
        ...busy,
        maxPromiseMs: 1_500_000,
      });

      expect(statusCode).toBe(202);
      expect(body.promise.place_in_line).toBe(4_001);
      const lookUp = httpStack(createOrderStatus({ store, clock, lineNow: busy.lineNow }));
      const event = { ...postEvent(), pathParameters: { order_id: body.order_id } };
      const found = await lookUp(event, lambdaContext());
      expect(JSON.parse(found.body ?? '')).toEqual(body);
    });

    it('tells a repeat of its order all the same', async () => {
      const { post } = intake();
      const first = await post('async', [orderRequest(), KEY]);

      const again = await post('async', [orderRequest(), KEY], busy);

      expect(again).toMatchObject({ statusCode: 202, body: first.body });
    });

    it('takes an order of the direct way, before which nobody waits', async () => {
      const { post } = intake();
      const asked: Parameters<typeof postEvent> = [orderRequest(), { way: 'direct' }];
      const noLine = { ...busy, lineNow: async () => ({ ...LINE, ahead: undefined }) };

      expect(await post('async', asked, noLine)).toMatchObject({ statusCode: 202 });
    });
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

describe('a stock', () => {
  function stocked(units: number, perCustomer?: number) {
    const { post, ...all } = intake();
    const rows = new MemoryStock();
    rows.set('sku-1', units);
    const stock = new UnitStock({ store: rows, clock: all.clock, perCustomer });
    const buy = (quantity: number, key: string, way: 'sync' | 'async' = 'async') =>
      post(
        way,
        [
          {
            customer_id: 7,
            items: [
              { item_id: 'free', name: 'Without a stock', price: 1, quantity: 1000 },
              { item_id: 'sku-1', name: 'Lamp', price: 19.99, quantity },
            ],
          },
          { headers: { 'idempotency-key': key } },
        ],
        { stock },
      );
    return { ...all, buy, rows };
  }

  it('is sold until too little is left, which is told with each item, what was asked, and whether to hope', async () => {
    const { buy, store } = stocked(3);

    expect(await buy(2, 'a')).toMatchObject({ statusCode: 202 });
    const refused = await buy(2, 'b');

    expect(refused).toMatchObject({
      statusCode: 409,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: 'urn:flash-sale:problem:sold-out',
        status: 409,
        detail: expect.stringContaining('"sku-1": 2 asked for'),
        errors: [{ pointer: '#/items/1', item_id: 'sku-1', asked: 2, may_come_back: true }],
      },
    });
    expect(refused.headers).not.toHaveProperty('location');
    expect(store.orders.size).toBe(1);
    expect(await buy(1, 'c')).toMatchObject({ statusCode: 202 });
  });

  it('is sold to the last unit of a large order, over as many rows as it takes', async () => {
    const { buy, rows } = stocked(1003);
    expect(await buy(1000, 'a')).toMatchObject({ statusCode: 202 });
    expect(await buy(4, 'b')).toMatchObject({ statusCode: 409 });
    expect(await buy(3, 'c')).toMatchObject({ statusCode: 202 });
    expect(rows.faults()).toEqual([]);
  });

  it('tells that nothing comes back once all is paid', async () => {
    const { buy } = stocked(2);
    expect(await buy(2, 'a', 'sync')).toMatchObject({ statusCode: 200 });
    expect(await buy(1, 'b', 'sync')).toMatchObject({
      statusCode: 409,
      body: { errors: [{ may_come_back: false }] },
    });
  });

  it('answers a repeat as before, however little is left', async () => {
    const { buy, rows } = stocked(2);
    const first = await buy(2, 'a');

    const again = await buy(2, 'a');
    const other = await buy(1, 'a');

    expect(again).toMatchObject({ statusCode: 202, headers: { 'idempotent-replayed': 'true' } });
    expect(again.body).toEqual(first.body);
    expect(other).toMatchObject({ statusCode: 422 });
    expect(rows.faults()).toEqual([]);
  });

  it('holds units once for twenty requests with one key', async () => {
    const { buy, rows } = stocked(40);
    const answers = await Promise.all(Array.from({ length: 20 }, () => buy(2, 'a')));

    expect(answers.every(({ statusCode }) => statusCode === 202)).toBe(true);
    const free = [...rows.rows.values()].reduce((sum, row) => sum + row.free, 0);
    expect(free).toBe(38);
  });

  it('gives a customer no more of an item than one may have, and counts a repeat once', async () => {
    const { buy } = stocked(40, 2);

    const answers = await Promise.all(['a', 'b', 'c', 'a'].map((key) => buy(1, key)));
    const again = await buy(1, 'a');

    const taken = answers.filter(({ statusCode }) => statusCode === 202);
    expect(new Set(taken.map(({ body }) => body.order_id)).size).toBe(2);
    expect(again.statusCode).toBe(202);
    expect(await buy(1, 'd')).toMatchObject({
      statusCode: 409,
      body: {
        type: 'urn:flash-sale:problem:customer-limit',
        errors: [{ item_id: 'sku-1', asked: 1, may_come_back: true }],
      },
    });
    expect(await buy(3, 'e')).toMatchObject({ body: { errors: [{ may_come_back: false }] } });
  });

  it('answers 503 while the stock cannot be asked, and takes nothing', async () => {
    const { post, clock, store } = intake();
    const broken = failing(new MemoryStock(), 'item', 'before') as MemoryStock;
    const stock = new UnitStock({ store: broken, clock });

    expect(await post('async', [orderRequest()], { stock })).toMatchObject({ statusCode: 503 });
    expect(store.orders.size).toBe(0);
  });
});
