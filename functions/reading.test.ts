import '../lib/testing/environment.ts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { paymentKey } from '../lib/domain/chargeOrder.ts';
import type { Order } from '../lib/domain/order.ts';
import { httpStack } from '../lib/platform/httpStack.ts';
import { captureLog, lambdaContext, postEvent } from '../lib/testing/lambda.ts';
import { anOrder, world } from '../lib/testing/world.ts';
import { handler as health } from './health.ts';
import { createOrderCancel } from './orderCancel.ts';
import { createOrderStatus } from './orderStatus.ts';

const asking = (orderId: string): APIGatewayProxyEventV2 => ({
  ...postEvent(),
  pathParameters: { order_id: orderId },
});

const CANCELLED_BY_BUYER = { status: 'cancelled', cancel_reason: 'requested' } as const;
const CANCELLED_UNPUBLISHED = { status: 'cancelled', cancel_reason: 'publish_failed' } as const;

let log: ReturnType<typeof captureLog>;
beforeEach(() => {
  log = captureLog();
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('DELETE /orders/{order_id}', () => {
  const ask = async (deps: ReturnType<typeof world>['deps'], orderId: string) => {
    const { statusCode, headers, body } = await httpStack(createOrderCancel(deps))(
      asking(orderId),
      lambdaContext(),
    );
    return { statusCode, headers, body: JSON.parse(body ?? '') };
  };

  it('answers with the order that it has cancelled, and with the same to a repeat', async () => {
    const { deps, store, log: told } = world();
    const order = anOrder();
    await store.create(order);

    for (const _ of [1, 2])
      expect(await ask(deps, order.order_id)).toMatchObject({
        statusCode: 200,
        body: { status: 'cancelled', cancel_reason: 'requested' },
      });
    expect(told.count('ended', 'cancelled')).toBe(1);
  });

  it('answers 409 once the charge was begun, and leaves the order to it', async () => {
    const { deps, store, payments } = world();
    const order = anOrder();
    await store.create(order);
    void payments.charge(paymentKey(order), order.total_cents);

    expect(await ask(deps, order.order_id)).toMatchObject({
      statusCode: 409,
      headers: { location: `/orders/${order.order_id}` },
      body: {
        type: 'urn:flash-sale:problem:cannot-cancel',
        detail: 'the charge of the order was begun',
      },
    });
    expect((await store.get(order.order_id))?.status).toBe('pending');
  });

  it('answers 409 for an order that has ended, and 404 for none', async () => {
    const { deps, store } = world();
    const order = anOrder();
    await store.create(order);
    await store.finish(order, { status: 'declined', decline_reason: 'card_declined' });

    expect((await ask(deps, order.order_id)).body.detail).toBe('the order is declined');
    expect((await ask(deps, `ord_${'0'.repeat(32)}`)).statusCode).toBe(404);
    expect((await ask(deps, 'x')).statusCode).toBe(404);
  });
});

describe('GET /orders/{order_id}', () => {
  it('shows a pending order, without what is internal, and when to ask again', async () => {
    const { store, deps } = world();
    const order = anOrder();
    await store.create(order);

    const response = await httpStack(createOrderStatus(deps))(
      asking(order.order_id),
      lambdaContext(),
    );

    expect(response).toMatchObject({ statusCode: 200, headers: { 'retry-after': '4' } });
    expect(Object.keys(JSON.parse(response.body ?? ''))).toEqual([
      'order_id',
      'customer_id',
      'items',
      'total_cents',
      'way',
      'status',
      'created_at',
    ]);
  });

  it('shows how an order ended, with nothing to wait for', async () => {
    const { store, deps } = world();
    const order = anOrder();
    await store.create(order);
    await store.finish(order, { status: 'cancelled', cancel_reason: 'publish_failed' });

    const response = await httpStack(createOrderStatus(deps))(
      asking(order.order_id),
      lambdaContext(),
    );

    expect(response.headers).not.toHaveProperty('retry-after');
    expect(JSON.parse(response.body ?? '')).toMatchObject({
      status: 'cancelled',
      cancel_reason: 'publish_failed',
    });
  });

  it.each([
    ['an id of another form, without a read', 'x\ud800', 0],
    ['an unknown id, which a consistent read does not know', `ord_${'0'.repeat(32)}`, 1],
  ])('answers 404 for %s', async (_, orderId, reads) => {
    const get = jest.fn(async () => undefined);
    const store = { get, getLagging: async () => undefined };

    const response = await httpStack(createOrderStatus({ ...world().deps, store }))(
      asking(orderId),
      lambdaContext(),
    );

    expect(response).toMatchObject({
      statusCode: 404,
      headers: { 'content-type': 'application/problem+json' },
    });
    expect(response.body?.isWellFormed()).toBe(true);
    expect(get).toHaveBeenCalledTimes(reads);
  });
});

describe('GET /orders/{order_id} where a read lags', () => {
  const NOW: Partial<Order> = { status: 'completed', completed_at: '2026-01-01T00:00:04.000Z' };

  it.each<[string, Partial<Order> | undefined, boolean]>([
    ['is paid, believes it', NOW, true],
    ['is declined, believes it', { status: 'declined' }, true],
    ['is cancelled for good, believes it', CANCELLED_BY_BUYER, true],
    ['is cancelled and may be taken again, asks again', CANCELLED_UNPUBLISHED, false],
    ['is pending, asks again', {}, false],
    ['is not there yet, asks again', undefined, false],
  ])('an order that %s', async (_, seen, isBelieved) => {
    const order = anOrder();
    const get = jest.fn(async () => ({ ...order, ...NOW }));
    const getLagging = async () => seen && { ...order, ...seen };

    const response = await httpStack(
      createOrderStatus({ ...world().deps, store: { get, getLagging } }),
    )(asking(order.order_id), lambdaContext());

    const { status } = JSON.parse(response.body ?? '');
    expect(status).toBe(isBelieved ? seen?.status : NOW.status);
    expect(get).toHaveBeenCalledTimes(isBelieved ? 0 : 1);
  });
});

describe('GET /orders/{order_id} of a row that is no order', () => {
  it('answers 500 with a fixed text, and the log names the attribute', async () => {
    const { store, deps } = world();
    const order = anOrder();
    store.orders.set(order.order_id, { ...order, total_cents: -5 });

    const response = await httpStack(createOrderStatus(deps))(
      asking(order.order_id),
      lambdaContext(),
    );

    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('total_cents');
    expect(log.messages()).toMatchObject([
      {
        level: 'ERROR',
        code: 'unreadable_row',
        error: { message: expect.stringContaining('total_cents missing or wrong') },
      },
    ]);
  });
});

describe('GET /health', () => {
  it('says which service, stage and version run', async () => {
    const response = await health(postEvent(), lambdaContext());

    expect(response.statusCode).toBe(200);
    expect(JSON.parse(response.body ?? '')).toEqual({
      status: 'ok',
      service: 'flash-sale',
      stage: 'test',
      version: '1.0.0',
    });
  });
});
