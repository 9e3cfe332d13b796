import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { type Answer, Buyer, order, type PlacedOrder, withKey } from './client.ts';
import { describeOwnService, START_WITHIN_MS } from './ownService.ts';
import { Books } from './storedRows.ts';
import { localTarget } from './target.ts';

const CROWD = 50;

describeOwnService('Fifty requests at once with one key, at a payment of 3 s', () => {
  const service = new LocalService({
    environment: { SYNC_CONCURRENCY: String(CROWD), PAYMENT_SECONDS: '3' },
  });
  let buyer: Buyer;
  let books: Books;
  beforeAll(async () => {
    const target = localTarget(await service.start());
    buyer = new Buyer(target);
    books = new Books(target);
    // Fifty cold starts at once can take a machine longer than the payment that they are to meet.
    await Promise.all(
      Array.from({ length: CROWD }, () => buyer.post('/orders/sync', order({ customer_id: 9 }))),
    );
  }, START_WITHIN_MS);
  afterAll(async () => {
    books.close();
    await service.remove();
  });

  const sendAll = (path: string, customer_id: number, headers: Record<string, string>) =>
    Promise.all(
      Array.from({ length: CROWD }, () => buyer.post(path, order({ customer_id }), headers)),
    );
  const isOneOrder = async ({ body }: Answer, customer_id: number) => {
    const { order_id } = body as PlacedOrder;
    expect(await books.ordersOf(customer_id)).toEqual([order_id]);
    expect(await books.chargesOf(order_id)).toBe(1);
  };

  it('are one payment on the sync way: 200 after 3 s, 409 for the others at once, 200 on a retry', async () => {
    const headers = withKey();

    const answers = await sendAll('/orders/sync', 1, headers);
    const retry = await buyer.post('/orders/sync', order({ customer_id: 1 }), headers);

    // Whoever does not pay is answered before the payment has ended.
    const [paid, ...others] = answers.toSorted((a, b) => b.durationMs - a.durationMs);
    if (paid === undefined) throw new Error('no answer came');
    expect(paid.status).toBe(200);
    expect(paid.durationMs).toBeGreaterThanOrEqual(2_950);
    expect(others.map(({ status }) => status)).toEqual(Array(CROWD - 1).fill(409));
    expect(retry).toMatchObject({ status: 200, body: paid.body });
    expect(retry.headers['idempotent-replayed']).toBe('true');
    await isOneOrder(paid, 1);
  });

  it.each([
    ['queued', 2],
    ['direct', 3],
  ])('are 202 with equal orders, and one payment, on the way %s', async (way, customer_id) => {
    const headers = withKey();

    const answers = await sendAll(`/orders/async?way=${way}`, customer_id, headers);

    const [first] = answers;
    if (first === undefined) throw new Error('no answer came');
    expect(answers.map(({ status }) => status)).toEqual(Array(CROWD).fill(202));
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([first.text]));
    expect(first.body).toMatchObject({ status: 'pending', way });
    await buyer.follow(String(first.headers.location));
    await isOneOrder(first, customer_id);
  });
});
