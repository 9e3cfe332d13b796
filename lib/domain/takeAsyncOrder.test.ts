import { describe, expect, it, jest } from '@jest/globals';
import { anAsyncOrder, failing, orderRequest, world } from '../testing/world.ts';
import { NothingStored } from './errors.ts';
import { takeAsyncOrder } from './takeAsyncOrder.ts';

const keyed = (overrides = {}) => anAsyncOrder({ idempotencyKey: 'k', ...overrides });

describe('taking an order for later', () => {
  it('stores it, then publishes it', async () => {
    const { deps, store, publisher, log } = world();

    const { order, isNew } = await takeAsyncOrder(deps, anAsyncOrder());

    expect(isNew).toBe(true);
    expect(await store.get(order.order_id)).toEqual(order);
    expect(publisher.published).toEqual([order]);
    expect(log.count('accepted')).toBe(1);
  });

  it('finds the earlier order of the same key, and publishes it once', async () => {
    const { deps, publisher, log } = world();
    const first = await takeAsyncOrder(deps, keyed());

    const again = await Promise.all(
      Array.from({ length: 49 }, () => takeAsyncOrder(deps, keyed())),
    );

    expect(again).toEqual(
      Array(49).fill({ order: { ...first.order, pledge: 'given' }, isNew: false }),
    );
    expect(publisher.published).toHaveLength(1);
    expect(log.count('accepted')).toBe(1);
  });

  it.each([
    ['another body', { request: { ...orderRequest(), items: [] } }],
    ['another way', { way: 'direct' as const }],
  ])('refuses the same key with %s', async (_, overrides) => {
    const { deps, store } = world();
    const { order } = await takeAsyncOrder(deps, keyed());

    await expect(takeAsyncOrder(deps, keyed(overrides))).rejects.toMatchObject({
      code: 'key_reused',
    });
    expect(await store.get(order.order_id)).toEqual(order);
  });
});

describe('when storing fails', () => {
  it('goes on with its own order when only the answer was lost', async () => {
    const { deps, store, publisher } = world();

    const taken = await takeAsyncOrder(
      { ...deps, store: failing(store, 'create', 'after') },
      keyed(),
    );

    expect(taken).toMatchObject({ isNew: true, order: { status: 'pending', revision: 1 } });
    expect(publisher.published).toHaveLength(1);
  });

  it('seals the place of an order that was not stored, so that a late write cannot take it', async () => {
    const { deps, store, publisher } = world();
    const order = keyed();

    await expect(
      takeAsyncOrder({ ...deps, store: failing(store, 'create', 'before') }, order),
    ).rejects.toMatchObject({ code: 'not_taken' });

    expect(await store.create(order)).toMatchObject({
      status: 'cancelled',
      cancel_reason: 'storage_failed',
    });
    expect(await store.get(order.order_id)).not.toHaveProperty('sweep_at');
    expect(publisher.published).toHaveLength(0);
  });

  it('puts no seal where the table turned every write away: nothing is there', async () => {
    const { deps, store, log } = world();
    const create = jest
      .spyOn(store, 'create')
      .mockRejectedValueOnce(new NothingStored('throttled'));

    await expect(takeAsyncOrder(deps, keyed())).rejects.toMatchObject({
      code: 'not_taken',
      retryAfterSeconds: 2,
    });

    expect(create).toHaveBeenCalledTimes(1);
    expect(store.orders.size).toBe(0);
    expect(log.count('accepted')).toBe(0);
    expect(await takeAsyncOrder(deps, keyed())).toMatchObject({ isNew: true });
  });

  it('says that the outcome is unknown when the place cannot be sealed either', async () => {
    const { deps, store } = world();

    await expect(
      takeAsyncOrder({ ...deps, store: failing(store, 'create', 'before', 2) }, keyed()),
    ).rejects.toMatchObject({ code: 'outcome_unknown' });
  });

  it('says that the outcome is unknown when a revival gets no answer', async () => {
    const { deps, store, publisher } = world();
    const failingDeps = {
      ...deps,
      store: failing(store, 'revive', 'after'),
      publisher: failing(publisher, 'publish', 'before'),
    };
    await expect(takeAsyncOrder(failingDeps, keyed())).rejects.toMatchObject({ code: 'not_taken' });

    await expect(takeAsyncOrder(failingDeps, keyed())).rejects.toMatchObject({
      code: 'outcome_unknown',
    });
    expect(await takeAsyncOrder(deps, keyed())).toMatchObject({
      isNew: false,
      order: { status: 'pending', revision: 2 },
    });
  });
});
