import { describe, expect, it } from '@jest/globals';
import { Buyer, order, type PlacedOrder } from './client.ts';
import { journeyTarget } from './target.ts';

const target = journeyTarget();
const buyer = new Buyer(target);

describe('An order, on the ways that answer at once', () => {
  it.each(['queued', 'direct'])(
    'is answered 202 at once and completed in the background (%s)',
    async (way) => {
      const answer = await buyer.post(`/orders/async?way=${way}`, order());

      expect(answer.status).toBe(202);
      const placed = answer.body as PlacedOrder;
      expect(placed).toMatchObject({ status: 'pending', way });
      expect(answer.headers.location).toBe(`/orders/${placed.order_id}`);
      const { order: final } = await buyer.follow(`/orders/${placed.order_id}`);
      expect(final).toMatchObject({ order_id: placed.order_id, status: 'completed', way });
    },
  );

  it('goes the way of the parameter ASYNC_WAY when the request names none', async () => {
    const answer = await buyer.post('/orders/async', order());

    expect(answer.body).toMatchObject({ way: 'queued' });
  });

  it('tells the buyer of a pending order when to look again', async () => {
    const { headers } = await buyer.post('/orders/async', order());

    const looked = await buyer.get(String(headers.location));

    expect(looked.body).toMatchObject({ status: 'pending' });
    for (const told of [headers, looked.headers]) expect(told['retry-after']).toMatch(/^[1-9]\d*$/);
  });
});

describe('The other routes', () => {
  it('answers GET /health without any other part', async () => {
    const { status, body } = await buyer.get('/health');

    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'ok',
      service: 'flash-sale',
      version: expect.any(String),
    });
  });

  it('answers 404 for an order that is not there', async () => {
    const { status, headers, body } = await buyer.get('/orders/ord_unknown');

    expect(status).toBe(404);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ status: 404, title: expect.any(String) });
  });

  it.each([
    ['GET', '/nowhere'],
    ['PUT', '/orders/sync'],
  ])('leaves the answer to %s %s to the gateway', async (method, path) => {
    const { status, body } = await buyer.send(method, path);

    expect(status).toBe(404);
    expect(body).toEqual(target.differences.unknownRouteBody);
  });
});
