import { afterAll, describe, expect, it } from '@jest/globals';
import { Buyer, order, type PlacedOrder, withKey } from './client.ts';
import { Books } from './storedRows.ts';
import { journeyTarget } from './target.ts';

const target = journeyTarget();
const buyer = new Buyer(target);
const books = new Books(target);
afterAll(() => books.close());

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
