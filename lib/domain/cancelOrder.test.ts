import { describe, expect, it } from '@jest/globals';
import { anAsyncOrder, failing, PAYMENT_MS, SWEEP_AFTER_MS, world } from '../testing/world.ts';
import { cancelOrder } from './cancelOrder.ts';
import { chargeOrder } from './chargeOrder.ts';
import { orderMessage } from './orderMessage.ts';
import { processParsedMessage } from './processMessage.ts';
import { sweepOrders } from './sweepOrders.ts';

const DEADLINE_MS = 30_000;
const FOREVER = Number.POSITIVE_INFINITY;

/** An order that was just taken, where there is a deadline. */
async function late(afterMs: number) {
  const { deps, ...rest } = world();
  const order = anAsyncOrder();
  await rest.store.create(order);
  rest.clock.advance(afterMs);
  const process = (given = {}) =>
    processParsedMessage(
      { ...deps, orderDeadlineMs: DEADLINE_MS, ...given },
      orderMessage(order, 'then'),
    );
  const stands = () => rest.store.get(order.order_id);
  return { ...rest, deps, order, process, stands };
}

describe('Cancelling an order', () => {
  it('and paying it at the same moment is one or the other', async () => {
    const { deps, store, book } = world();
    const orders = Array.from({ length: 20 }, () => anAsyncOrder());
    await Promise.all(orders.map((order) => store.create(order)));

    await Promise.allSettled(
      orders.flatMap((order) => [chargeOrder(deps, order), cancelOrder(deps, order.order_id)]),
    );

    for (const { order_id } of orders) {
      const { status } = (await store.get(order_id)) ?? {};
      expect([status, book.chargedFor(order_id).length]).toEqual(
        status === 'cancelled' ? ['cancelled', 0] : ['completed', 1],
      );
    }
  });

  it('that is killed between its two writes ends in the same way, with its reason', async () => {
    const { deps, store } = world();
    const order = anAsyncOrder();
    await store.create(order);
    const killed = { ...deps, store: failing(store, 'finish', 'before') };
    await expect(cancelOrder(killed, order.order_id)).rejects.toMatchObject({
      code: 'outcome_unknown',
    });

    await processParsedMessage(deps, orderMessage(order, 'then'));

    expect(await store.get(order.order_id)).toMatchObject({
      status: 'cancelled',
      cancel_reason: 'requested',
    });
  });

  it('changes nothing while the provider is down', async () => {
    const down = { from: '2026-11-27T12:00:00Z', to: '2026-11-27T13:00:00Z' };
    const { deps, store } = world({ down });
    const order = anAsyncOrder();
    await store.create(order);

    await expect(cancelOrder(deps, order.order_id)).rejects.toMatchObject({
      code: 'outcome_unknown',
    });
    expect((await store.get(order.order_id))?.status).toBe('pending');
  });
});

describe('An order with a deadline', () => {
  it('is charged at its last moment', async () => {
    const { process, stands } = await late(DEADLINE_MS);
    await process();
    expect((await stands())?.status).toBe('completed');
  });

  it('is cancelled and never charged a moment later', async () => {
    const { process, stands, book, order } = await late(DEADLINE_MS + 1);
    await process();
    expect(await stands()).toMatchObject({ status: 'cancelled', cancel_reason: 'deadline_passed' });
    expect(book.chargedFor(order.order_id)).toEqual([]);
  });

  it('has no charge begun after it, however late the provider is asked', async () => {
    const { process, stands, book, clock, payments, order } = await late(DEADLINE_MS);
    const slow = {
      ...payments,
      charge: (...args: Parameters<typeof payments.charge>) => {
        clock.advance(1);
        return payments.charge(...args);
      },
    };
    await expect(process({ payments: slow })).rejects.toThrow('the charge is absent');
    await process();
    expect((await stands())?.cancel_reason).toBe('deadline_passed');
    expect(book.chargedFor(order.order_id)).toEqual([]);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'has no charge begun after it, though time goes on with each look at the clock, from %d ms before',
    async (beforeMs) => {
      const { process, book, clock, order } = await late(DEADLINE_MS - beforeMs);
      const now = () => {
        clock.advance(1);
        return clock.now();
      };
      const ticking = {
        now,
        sleep: clock.sleep.bind(clock),
        after: clock.after.bind(clock),
      };
      await process({ clock: ticking }).catch(() => {});
      const latestMs = Date.parse(order.accepted_at) + DEADLINE_MS;
      for (const { begun_at } of book.chargedFor(order.order_id))
        expect(Date.parse(begun_at)).toBeLessThanOrEqual(latestMs);
    },
  );

  it('is completed after it by a charge that was begun before', async () => {
    const { process, stands, deps, clock, order } = await late(DEADLINE_MS - 1);
    void deps.payments.charge({ orderId: order.order_id, revision: 1 }, order.total_cents);
    clock.advance(PAYMENT_MS + 2);
    await process();
    expect((await stands())?.status).toBe('completed');
  });

  it('is cancelled by the sweeper where no worker comes to it', async () => {
    const { deps, stands, publisher } = await late(SWEEP_AFTER_MS);
    await sweepOrders({ ...deps, orderDeadlineMs: DEADLINE_MS }, FOREVER);
    expect((await stands())?.cancel_reason).toBe('deadline_passed');
    expect(publisher.published).toEqual([]);
  });
});
