import { describe, expect, it } from '@jest/globals';
import { anAsyncOrder, failing, SWEEP_AFTER_MS, world } from '../testing/world.ts';
import { OPEN_SHARDS, type Order } from './order.ts';
import { sweepOrders } from './sweepOrders.ts';

const FOREVER = Number.POSITIVE_INFINITY;

describe('a run of the sweeper', () => {
  it('stops at its deadline, and the next one goes on', async () => {
    const { deps, store, publisher, clock } = world();
    for (let index = 0; index < 40; index += 1) await store.create(anAsyncOrder());
    clock.advance(SWEEP_AFTER_MS);
    const slow = {
      publish: async (order: Parameters<typeof publisher.publish>[0]) => {
        clock.advance(1_000);
        await publisher.publish(order);
      },
    };

    await sweepOrders({ ...deps, publisher: slow }, clock.now() + 10_000);
    expect(publisher.published.length).toBeGreaterThanOrEqual(10);
    expect(publisher.published.length).toBeLessThan(40);
    await sweepOrders(deps, FOREVER);
    expect(publisher.published).toHaveLength(40);
  });

  it('tells how many were due and the age of the oldest', async () => {
    const { deps, store, clock, log } = world();
    await store.create(anAsyncOrder());
    clock.advance(SWEEP_AFTER_MS);

    await sweepOrders(deps, FOREVER);

    expect(log.events.at(-1)).toEqual({ type: 'swept', due: 1, oldest_age_ms: SWEEP_AFTER_MS });
  });

  it('publishes all that got due in two minutes of the sale, and no more than 8,192', async () => {
    const { deps, store, publisher, clock } = world();
    for (let index = 0; index < 9_000; index += 1) {
      await store.create({ ...anAsyncOrder(), open_shard: String(index % OPEN_SHARDS.length) });
    }
    clock.advance(SWEEP_AFTER_MS);

    await sweepOrders(deps, FOREVER);
    expect(publisher.published).toHaveLength(8_192);
    await sweepOrders(deps, FOREVER);
    expect(publisher.published).toHaveLength(9_000);
  });

  it('passes over rows that are not orders, however many come first, and names them', async () => {
    const { deps, store, publisher, clock, log } = world();
    const good = anAsyncOrder();
    await store.create(good);
    const odd = [
      { ...anAsyncOrder(), order_id: 'odd', sweep_at: '' },
      ...Array.from({ length: 100 }, () => ({ order_id: anAsyncOrder().order_id, sweep_at: '0' })),
    ];
    for (const row of odd) await store.create({ ...row, open_shard: good.open_shard } as Order);
    clock.advance(SWEEP_AFTER_MS);

    const run = sweepOrders(deps, FOREVER);
    await expect(run).rejects.toThrow('101 could not be read: odd, ord_');
    await expect(run).rejects.toThrow(/\(missing or wrong: order_id, way, accepted_at/);

    expect(publisher.published.map(({ order_id }) => order_id)).toEqual([good.order_id]);
    expect(log.events.at(-1)).toEqual({ type: 'swept', due: 1, oldest_age_ms: SWEEP_AFTER_MS });
  });

  it('names a row whose index entry is right and which is no order, and leaves it as it is', async () => {
    const { deps, store, clock } = world();
    const odd = { ...anAsyncOrder(), total_cents: -1 };
    await store.create(odd);
    clock.advance(SWEEP_AFTER_MS);

    await expect(sweepOrders(deps, FOREVER)).rejects.toThrow(
      `${odd.order_id} (missing or wrong: total_cents)`,
    );

    expect(store.orders.get(odd.order_id)).toEqual(odd);
  });

  it('begins with other shards each minute, so that a deadline does not always leave out the same', async () => {
    const { deps, store, clock } = world();
    const asked: string[] = [];
    const watched = Object.assign(Object.create(store) as typeof store, {
      findDue: async (shard: string) => {
        asked.push(shard);
        return [];
      },
    });

    for (let minute = 0; minute < 8; minute += 1) {
      await sweepOrders({ ...deps, store: watched }, FOREVER);
      clock.advance(60_000);
    }

    const first = asked.filter((_, index) => index % OPEN_SHARDS.length === 0);
    expect(new Set(first).size).toBe(8);
  });

  it('sweeps the other shards when one cannot be read', async () => {
    const { deps, store, publisher, clock } = world();
    for (const open_shard of OPEN_SHARDS) await store.create({ ...anAsyncOrder(), open_shard });
    clock.advance(SWEEP_AFTER_MS);

    await expect(
      sweepOrders({ ...deps, store: failing(store, 'findDue', 'before') }, FOREVER),
    ).rejects.toThrow(/^1 could not be read: shard \d+ \(Error: findDue failed\)$/);

    expect(publisher.published).toHaveLength(OPEN_SHARDS.length - 1);
  });
});
