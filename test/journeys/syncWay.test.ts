import { afterAll, describe, expect, it } from '@jest/globals';
import { Buyer, order, type PlacedOrder, withKey } from './client.ts';
import { Books } from './storedRows.ts';
import { journeyTarget } from './target.ts';

const target = journeyTarget();
const buyer = new Buyer(target);
const books = new Books(target);
afterAll(() => books.close());

// Here is every journey that takes a payment slot of the shared service: a file beside this one would find none left.
describe('An order, on the way where its buyer waits', () => {
  it('is paid while the buyer of POST /orders/sync waits', async () => {
    const answer = await buyer.post('/orders/sync', order());

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'completed', way: 'sync', total_cents: 19_998 });
    expect(answer.body).toHaveProperty('payment_id');
  });

  it('is refused by the gateway, at once, when every payment slot is taken', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => buyer.post('/orders/sync', order())),
    );

    const refused = answers.filter(({ status }) => status !== 200);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(5);
    expect(refused.length).toBeGreaterThan(0);
    for (const { status } of refused) expect(status).toBe(target.differences.throttledStatus);
  });
});

describe('A repeated order, where its buyer waits', () => {
  it('is paid once, and refused or told to wait meanwhile, however many come at once', async () => {
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
});
