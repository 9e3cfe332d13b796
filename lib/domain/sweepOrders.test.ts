import { describe, expect, it } from '@jest/globals';
import {
  anAsyncOrder,
  aSyncOrder,
  failing,
  LEASE_MS,
  PAYMENT_MS,
  SWEEP_AFTER_MS,
  world,
} from '../testing/world.ts';
import { paymentKey } from './chargeOrder.ts';
import { orderMessage } from './orderMessage.ts';
import { processParsedMessage } from './processMessage.ts';
import { sweepOrders } from './sweepOrders.ts';
import { takeAsyncOrder } from './takeAsyncOrder.ts';

const MINUTE_MS = 60_000;
const FOREVER = Number.POSITIVE_INFINITY;

describe('sweeping asynchronous orders', () => {
  it('publishes again what is old enough, and leaves the rest', async () => {
    const { deps, store, publisher, clock } = world();
    const lost = anAsyncOrder();
    await store.create(lost);
    clock.advance(SWEEP_AFTER_MS);
    const young = anAsyncOrder({ nowMs: clock.now(), sweepAtMs: clock.now() + SWEEP_AFTER_MS });
    await store.create(young);

    await sweepOrders(deps, FOREVER);

    expect(publisher.published.map(({ order_id }) => order_id)).toEqual([lost.order_id]);
  });

  it('publishes 3,000 orders that honestly wait for 30 minutes again at most once each', async () => {
    const { deps, store, publisher, clock } = world();
    for (let index = 0; index < 3_000; index += 1) await store.create(anAsyncOrder());

    for (let minute = 0; minute < 30; minute += 1) {
      clock.advance(MINUTE_MS);
      await sweepOrders(deps, FOREVER);
    }

    const ids = publisher.published.map(({ order_id }) => order_id);
    expect(ids).toHaveLength(3_000);
    expect(new Set(ids).size).toBe(3_000);
  });

  it('brings an order to its end whose request was killed between put and publish', async () => {
    const { deps, store, publisher, clock, book } = world();
    const order = anAsyncOrder();
    const killed = { publish: () => new Promise<never>(() => {}) };
    void takeAsyncOrder({ ...deps, publisher: killed }, order);
    clock.advance(SWEEP_AFTER_MS);

    await sweepOrders(deps, FOREVER);
    for (const published of publisher.published) {
      await processParsedMessage(deps, orderMessage(published, published.created_at));
    }

    expect(await store.get(order.order_id)).toMatchObject({ status: 'completed' });
    expect(book.chargedFor(order.order_id)).toHaveLength(1);
  });

  it('publishes an order that waits for hours once an hour', async () => {
    const { deps, store, publisher, clock } = world();
    await store.create(anAsyncOrder());

    for (let minute = 0; minute < 15 + 3 * 60; minute += 1) {
      clock.advance(MINUTE_MS);
      await sweepOrders(deps, FOREVER);
    }

    expect(publisher.published).toHaveLength(4);
  });

  it('lets only one of two sweeps at the same moment publish', async () => {
    const { deps, store, publisher, clock } = world();
    await store.create(anAsyncOrder());
    clock.advance(SWEEP_AFTER_MS);

    await Promise.all([sweepOrders(deps, FOREVER), sweepOrders(deps, FOREVER)]);

    expect(publisher.published).toHaveLength(1);
  });

  it('tries again a minute later when publishing fails', async () => {
    const { deps, store, publisher, clock, log } = world();
    await store.create(anAsyncOrder());
    clock.advance(SWEEP_AFTER_MS);
    const failingDeps = { ...deps, publisher: failing(publisher, 'publish', 'before') };

    await sweepOrders(failingDeps, FOREVER);
    clock.advance(MINUTE_MS);
    await sweepOrders(failingDeps, FOREVER);

    expect(publisher.published).toHaveLength(1);
    expect([log.count('sweepFailed'), log.count('republished')]).toEqual([1, 1]);
  });

  it.each(['before', 'after'] as const)(
    'publishes within minutes an order whose claim failed %s it was done',
    async (when) => {
      const { deps, store, publisher, clock } = world();
      await store.create(anAsyncOrder());
      clock.advance(SWEEP_AFTER_MS);

      await sweepOrders({ ...deps, store: failing(store, 'postpone', when) }, FOREVER);
      clock.advance(2 * MINUTE_MS);
      await sweepOrders(deps, FOREVER);

      expect(publisher.published).toHaveLength(1);
    },
  );

  it('publishes within minutes an order whose claim the SDK sent twice, as the first answer was lost', async () => {
    const { deps, store, publisher, clock } = world();
    await store.create(anAsyncOrder());
    clock.advance(SWEEP_AFTER_MS);
    const postpone = store.postpone.bind(store);
    store.postpone = async (order, sweepAt) => {
      store.postpone = postpone;
      await postpone(order, sweepAt);
      return postpone(order, sweepAt);
    };

    await sweepOrders(deps, FOREVER);
    clock.advance(2 * MINUTE_MS);
    await sweepOrders(deps, FOREVER);

    expect(publisher.published).toHaveLength(1);
  });

  it('publishes within minutes what a sweep claimed that was killed', async () => {
    const { deps, store, publisher, clock } = world();
    await store.create(anAsyncOrder());
    clock.advance(SWEEP_AFTER_MS);
    const claimed = Promise.withResolvers<void>();
    const killed = {
      publish: () => {
        claimed.resolve();
        return new Promise<never>(() => {});
      },
    };

    void sweepOrders({ ...deps, publisher: killed }, FOREVER);
    await claimed.promise;
    clock.advance(2 * MINUTE_MS);
    await sweepOrders(deps, FOREVER);

    expect(publisher.published).toHaveLength(1);
  });

  it('goes by the table, not by an index that still shows an ended order', async () => {
    const { deps, store, publisher, clock } = world();
    const order = anAsyncOrder();
    await store.create(order);
    const stale = failing(store, 'get', 'before', 0);
    stale.findDue = async (shard) => (shard === order.open_shard ? [order] : []);
    await store.finish(order, { status: 'declined', decline_reason: 'card_declined' });
    clock.advance(SWEEP_AFTER_MS);

    await sweepOrders({ ...deps, store: stale }, FOREVER);

    expect(publisher.published).toHaveLength(0);
  });
});

describe('sweeping orders that a sync request left behind', () => {
  async function leftBehind() {
    const all = world();
    const order = aSyncOrder();
    await all.store.create(order);
    const standing = async () => all.store.get(order.order_id);
    return { ...all, order, standing };
  }

  it('waits for the end of the lease', async () => {
    const { deps, clock, standing } = await leftBehind();
    clock.advance(LEASE_MS - 1);

    await sweepOrders(deps, FOREVER);

    expect(await standing()).toMatchObject({ status: 'pending' });
  });

  it('completes what was charged', async () => {
    const { deps, payments, order, clock, standing, log } = await leftBehind();
    await payments.charge(paymentKey(order), order.total_cents);
    clock.advance(LEASE_MS);

    await sweepOrders(deps, FOREVER);

    expect(await standing()).toMatchObject({ status: 'completed' });
    expect(log.count('resolved')).toBe(1);
  });

  it('cancels what was never charged, and makes a charge impossible first', async () => {
    const { deps, payments, order, clock, standing } = await leftBehind();
    clock.advance(LEASE_MS);

    await sweepOrders(deps, FOREVER);

    expect(await standing()).toMatchObject({
      status: 'cancelled',
      cancel_reason: 'payment_failed',
    });
    expect(await payments.lookup(paymentKey(order))).toEqual({ state: 'void' });
  });

  it('comes back to a charge that is in progress', async () => {
    const { deps, payments, order, clock, standing } = await leftBehind();
    clock.advance(LEASE_MS);
    const charging = payments.charge(paymentKey(order), order.total_cents);
    await sweepOrders(deps, FOREVER);
    expect(await standing()).toMatchObject({ status: 'pending' });

    await charging;
    clock.advance(MINUTE_MS + PAYMENT_MS);
    await sweepOrders(deps, FOREVER);

    expect(await standing()).toMatchObject({ status: 'completed' });
  });
});
