import { describe, expect, it } from '@jest/globals';
import { NOON } from '../testing/fakeClock.ts';
import { MemoryBreakerStore } from '../testing/memory.ts';
import { anAsyncOrder, world } from '../testing/world.ts';
import { Breaker, watchedPayments } from './breaker.ts';
import { type AsyncOrder, toIso } from './order.ts';
import { orderMessage } from './orderMessage.ts';
import type { PaymentProvider } from './ports.ts';
import { processParsedMessage } from './processMessage.ts';
import { sweepOrders } from './sweepOrders.ts';

const MINUTE_MS = 60_000;
const OUTAGE_MS = 3 * MINUTE_MS;
const FOREVER = Number.POSITIVE_INFINITY;
const DOWN = { from: toIso(NOON), to: toIso(NOON + OUTAGE_MS) };

/** A stage whose environments share a breaker; counts the calls that reach the provider. */
function stage(faults: Parameters<typeof world>[0]) {
  const { deps, ...rest } = world(faults);
  const breakerStore = new MemoryBreakerStore();
  const { clock, report } = deps;
  const calls = { count: 0 };
  const counted: PaymentProvider = {
    charge: (...args) => {
      calls.count += 1;
      return deps.payments.charge(...args);
    },
    lookup: (key) => {
      calls.count += 1;
      return deps.payments.lookup(key);
    },
    void: deps.payments.void,
  };
  const environment = () => {
    const breaker = new Breaker({ store: breakerStore, clock, report });
    return { ...deps, payments: watchedPayments(counted, breaker), breaker };
  };
  return { ...rest, breakerStore, calls, environment };
}

const itemOf = (item_id: string) => ({
  request: { customer_id: 7, items: [{ item_id, name: 'Lamp', price: 19.99, quantity: 3 }] },
});

describe('The breaker', () => {
  it('keeps an outage from every order: nothing is given up, few calls are made, all are paid once', async () => {
    const { store, book, publisher, log, clock, calls, environment } = stage({ down: DOWN });
    const workers = Array.from({ length: 20 }, environment);
    const sweeper = environment();
    const orders: AsyncOrder[] = [];
    let failed = 0;
    const deliver = async (delivered: AsyncOrder[]) => {
      const settled = await Promise.allSettled(
        delivered.map((order, index) =>
          processParsedMessage(workers[index % 20] ?? sweeper, orderMessage(order, 'then')),
        ),
      );
      failed += settled.filter(({ status }) => status === 'rejected').length;
    };
    for (let second = 0; second < OUTAGE_MS / 1000; second += 1) {
      const arrived = Array.from({ length: 6 }, () => anAsyncOrder({ nowMs: clock.now() }));
      for (const order of arrived) await store.create(order);
      orders.push(...arrived);
      await deliver(arrived);
      if (second % 60 === 59) await sweepOrders(sweeper, FOREVER);
      clock.advance(1000);
    }

    expect(calls.count).toBeLessThan(60);
    // Of the batch that met the outage first.
    expect(failed).toBeLessThanOrEqual(10);
    expect(log.count('breakerOpened')).toBe(1);

    for (let run = 0; run < 3; run += 1) {
      await sweepOrders(sweeper, FOREVER);
      await deliver(publisher.published.splice(0));
    }
    const statuses = await Promise.all(
      orders.map(async ({ order_id }) => (await store.get(order_id))?.status),
    );
    // Those that failed before it was open come again with their message.
    expect(statuses.filter((status) => status !== 'completed').length).toBe(failed);
    expect(orders.filter(({ order_id }) => book.chargedFor(order_id).length > 1)).toEqual([]);
    expect(log.count('breakerClosed')).toBe(1);
  });

  it('stays closed for orders that fail while the provider answers for them', async () => {
    const { store, breakerStore, environment } = stage({ by_item: true });
    const worker = environment();
    for (let count = 0; count < 50; count += 1) {
      const order = anAsyncOrder(itemOf('fault-before'));
      await store.create(order);
      await expect(processParsedMessage(worker, orderMessage(order, 'then'))).rejects.toThrow();
    }
    expect(breakerStore.row).toEqual({});
  });

  it('forgets failures that lie far apart, or have an answer between them', async () => {
    const { breakerStore, clock, environment } = stage({});
    const { breaker } = environment();
    for (let count = 0; count < 5; count += 1) {
      await breaker.failed();
      clock.advance(11_000);
    }
    for (let count = 0; count < 5; count += 1) {
      await breaker.failed();
      clock.advance(1000);
      await breaker.answered();
    }
    expect(await breaker.isOpen()).toBe(false);
    expect(breakerStore.row.opened_at).toBeUndefined();
  });

  it('is read once for a batch whose charges are answered', async () => {
    const { store, breakerStore, environment } = stage({});
    const worker = environment();
    let reads = 0;
    const { read } = breakerStore;
    breakerStore.read = () => {
      reads += 1;
      return read.call(breakerStore);
    };
    const orders = Array.from({ length: 10 }, () => anAsyncOrder());
    for (const order of orders) await store.create(order);

    await Promise.all(
      orders.map((order) => processParsedMessage(worker, orderMessage(order, 'then'))),
    );

    expect(reads).toBe(1);
  });

  it('is closed by the sweeper once the provider answers, and not before', async () => {
    const { clock, environment, breakerStore } = stage({ down: DOWN });
    const { breaker, payments } = environment();
    for (let count = 0; count < 3; count += 1) await breaker.failed();
    expect([await breaker.isOpen(), await breaker.probe(payments)]).toEqual([true, false]);
    clock.advance(OUTAGE_MS);
    expect([await breaker.probe(payments), await breaker.isOpen()]).toEqual([true, false]);
    expect(breakerStore.row).toEqual({ closed_at: expect.any(String) });
  });

  it("obeys an operator's word before all else", async () => {
    const { breakerStore, environment } = stage({});
    const { breaker, payments } = environment();
    breakerStore.row = { mode: 'open' };
    expect([await breaker.isOpen(), await breaker.probe(payments)]).toEqual([true, false]);
    breakerStore.row = { mode: 'closed' };
    const other = environment().breaker;
    for (let count = 0; count < 9; count += 1) await other.failed();
    expect(await other.isOpen()).toBe(false);
  });

  it('that cannot be read holds nothing up', async () => {
    const { environment, breakerStore } = stage({});
    breakerStore.read = () => Promise.reject(new Error('no table'));
    expect(await environment().breaker.isOpen()).toBe(false);
  });
});
