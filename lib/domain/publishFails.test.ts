import { describe, expect, it } from '@jest/globals';
import { anAsyncOrder, failing, SWEEP_AFTER_MS, world } from '../testing/world.ts';
import { paymentKey } from './chargeOrder.ts';
import type { AsyncOrder } from './order.ts';
import { orderMessage } from './orderMessage.ts';
import { processParsedMessage } from './processMessage.ts';
import { sweepOrders } from './sweepOrders.ts';
import { takeAsyncOrder } from './takeAsyncOrder.ts';

const keyed = (overrides = {}) => anAsyncOrder({ idempotencyKey: 'k', ...overrides });

/** A service whose first publish fails. */
function unlucky() {
  const all = world();
  const { deps, store, clock } = all;
  const failingDeps = { ...deps, publisher: failing(all.publisher, 'publish', 'before') };
  const take = (overrides: object = {}) =>
    takeAsyncOrder({ ...failingDeps, ...overrides }, keyed({ nowMs: clock.now() }));
  /** What the sweeper and the processors make of what is left. */
  const settle = async () => {
    clock.advance(SWEEP_AFTER_MS);
    await sweepOrders(deps, Number.POSITIVE_INFINITY);
    for (const order of all.publisher.published) {
      await processParsedMessage(deps, orderMessage(order, order.created_at));
    }
    return [...store.orders.values()];
  };
  return { ...all, take, settle };
}

describe('when publishing fails', () => {
  it('makes a charge impossible, cancels the order and says that it was not taken', async () => {
    const { take, store, payments, log } = unlucky();

    await expect(take()).rejects.toMatchObject({ code: 'not_taken' });

    const [order] = [...store.orders.values()] as [AsyncOrder];
    expect(order).toMatchObject({ status: 'cancelled', cancel_reason: 'publish_failed' });
    expect(await payments.charge(paymentKey(order), 1)).toMatchObject({ state: 'void' });
    expect([log.count('accepted'), log.count('ended', 'cancelled')]).toEqual([1, 1]);
  });

  it('revives the order under the next revision when the key is repeated', async () => {
    const { take, store, clock, publisher, log } = unlucky();
    await expect(take()).rejects.toMatchObject({ code: 'not_taken' });
    const [first] = [...store.orders.values()];
    clock.advance(1_000);

    const { order, isNew } = await take();

    expect(isNew).toBe(true);
    expect(order).toMatchObject({ status: 'pending', revision: 2, created_at: first?.created_at });
    expect(publisher.published).toEqual([order]);
    expect(log.count('accepted')).toBe(2);
  });

  it('stands by the order when its message arrived and its charge was begun', async () => {
    const { deps, payments } = world();
    const publisher = {
      publish: async () => {
        void payments.charge(paymentKey(order), 1);
        throw new Error('no answer');
      },
    };
    const order = keyed();

    const taken = await takeAsyncOrder({ ...deps, publisher }, order);

    expect(taken).toMatchObject({ order: { ...order, status: 'pending' }, isNew: true });
  });

  it.each(['before', 'after'] as const)(
    'says that it was not taken when the cancelling fails %s it is done, and a repeat takes it',
    async (when) => {
      const { take, settle, store, publisher, log } = unlucky();

      await expect(take({ store: failing(store, 'finish', when) })).rejects.toMatchObject({
        code: 'not_taken',
      });
      const repeated = await take();

      expect(repeated).toMatchObject({ isNew: true, order: { revision: 2, status: 'pending' } });
      expect(publisher.published).toEqual([repeated.order]);
      expect(await settle()).toMatchObject([{ status: 'completed', revision: 2 }]);
      expect(log.count('withdrawFailed')).toBe(1);
    },
  );

  it('ends an order that could not be cancelled as cancelled, since its buyer was told so', async () => {
    const { take, settle, store } = unlucky();

    await expect(take({ store: failing(store, 'finish', 'before') })).rejects.toMatchObject({
      code: 'not_taken',
    });

    expect(await settle()).toMatchObject([{ status: 'cancelled', revision: 1 }]);
  });

  it.each(['before', 'after'] as const)(
    'says that the outcome is not known when void fails %s it is done, and a repeat takes the order',
    async (when) => {
      const { take, settle, payments, log } = unlucky();

      await expect(take({ payments: failing(payments, 'void', when) })).rejects.toMatchObject({
        code: 'outcome_unknown',
      });
      expect(await take()).toMatchObject({ isNew: true, order: { revision: 2 } });

      expect(await settle()).toMatchObject([{ status: 'completed', revision: 2 }]);
      expect(log.count('withdrawFailed')).toBe(1);
    },
  );

  it('answers a repeat with the order whose charge was begun meanwhile', async () => {
    const { take, settle, payments, store, book } = unlucky();
    await expect(take({ payments: failing(payments, 'void', 'before') })).rejects.toThrow();
    const [order] = [...store.orders.values()] as [AsyncOrder];
    void payments.charge(paymentKey(order), order.total_cents);

    expect(await take()).toMatchObject({ isNew: false, order: { revision: 1 } });

    expect(await settle()).toMatchObject([{ status: 'completed' }]);
    expect(book.chargedFor(order.order_id)).toHaveLength(1);
  });

  it('keeps an order that a repeat was told 202 for meanwhile', async () => {
    const { take, settle, deps, publisher } = unlucky();
    let repeated: unknown;
    const slow = {
      publish: async (order: AsyncOrder) => {
        repeated ??= await takeAsyncOrder(deps, keyed({ nowMs: deps.clock.now() }));
        if (publisher.published.length === 0) throw new Error('publish failed');
        await publisher.publish(order);
      },
    };

    const taken = await take({ publisher: slow });

    expect(taken).toMatchObject({ isNew: true, order: { revision: 1, status: 'pending' } });
    expect(repeated).toMatchObject({ isNew: false, order: { revision: 1, status: 'pending' } });
    expect(await settle()).toMatchObject([{ status: 'completed', revision: 1 }]);
  });

  it.each(['before', 'after'] as const)(
    'says that the outcome is not known when the withdrawal fails %s it is written, and a repeat is answered 202',
    async (when) => {
      const { take, settle, store } = unlucky();
      const lost = failing(store, 'settlePledge' as 'create', when);

      await expect(take({ store: lost })).rejects.toMatchObject({ code: 'outcome_unknown' });
      const { order } = await take();

      expect(await settle()).toMatchObject([{ status: 'completed', revision: order.revision }]);
    },
  );
});
