import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Buyer, order, type PlacedOrder } from './client.ts';
import { Books } from './storedRows.ts';
import { journeyTarget } from './target.ts';

const target = journeyTarget();
const buyer = new Buyer(target);
const books = new Books(target);
afterAll(() => books.close());

const withKey = () => ({ 'idempotency-key': randomUUID() });

describe('A repeated order', () => {
  it('is one order and one charge, however many requests come at once with its key', async () => {
    const headers = withKey();
    const customer_id = 9_000_000 + (process.pid % 1_000_000);

    const answers = await Promise.all(
      Array.from({ length: target.differences.crowd }, () =>
        buyer.post('/orders/async', order({ customer_id }), headers),
      ),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const ids = new Set(answers.map(({ body }) => (body as PlacedOrder).order_id));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    await buyer.follow(`/orders/${id}`);
    expect(await books.ordersOf(customer_id)).toEqual([id]);
    expect(await books.chargesOf(id)).toBe(1);
  });

  it('is paid once on the sync way, and refused or told to wait meanwhile, however many come at once', async () => {
    const headers = withKey();
    const customer_id = 5_000_000 + (process.pid % 1_000_000);
    const { crowd, throttledStatus } = target.differences;
    const send = () => buyer.post('/orders/sync', order({ customer_id }), headers);

    const answers = await Promise.all(Array.from({ length: crowd }, send));

    const others = answers.filter(({ status }) => ![200, 409, throttledStatus].includes(status));
    expect(others).toEqual([]);
    const paid = answers.filter(({ status }) => status === 200);
    expect(paid.length).toBeGreaterThan(0);
    const ids = new Set(paid.map(({ body }) => (body as PlacedOrder).order_id));
    expect([...ids]).toEqual(await books.ordersOf(customer_id));
    expect(await books.chargesOf([...ids][0] ?? '')).toBe(1);
  });

  it('is answered with the order as it stands, marked as a replay', async () => {
    const headers = withKey();
    const first = await buyer.post('/orders/sync', order(), headers);

    const second = await buyer.post('/orders/sync', order(), headers);

    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(first.headers['idempotent-replayed']).toBeUndefined();
  });

  it('is answered 409 at once while the first payment runs', async () => {
    const headers = withKey();
    const customer_id = 6_000_000 + (process.pid % 1_000_000);
    // Two environments that are warm: where a cold start takes longer than a payment, the second comes too late.
    await Promise.all([buyer.post('/orders/sync', order()), buyer.post('/orders/sync', order())]);
    const first = buyer.post('/orders/sync', order({ customer_id }), headers);
    await books.untilOrderOf(customer_id);

    const second = await buyer.post('/orders/sync', order({ customer_id }), headers);

    expect(second.status).toBe(409);
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    expect((await first).status).toBe(200);
  });

  it.each([
    [
      'another body',
      '/orders/async',
      order({ customer_id: 123, items: [{ item_id: 'x', name: 'x', price: 1, quantity: 1 }] }),
    ],
    ['another way', '/orders/async?way=direct', order()],
  ])('is refused with 422 when the key comes with %s', async (_what, path, body) => {
    const headers = withKey();
    await buyer.post('/orders/async', order(), headers);

    const { status } = await buyer.post(path, body, headers);

    expect(status).toBe(422);
  });
});
