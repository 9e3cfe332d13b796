import { describe, expect, it } from '@jest/globals';
import { aSyncOrder, failing, LEASE_MS, PAYMENT_MS, world } from '../testing/world.ts';
import { paymentKey } from './chargeOrder.ts';
import { takeSyncOrder } from './takeSyncOrder.ts';

const keyed = (overrides = {}) => aSyncOrder({ idempotencyKey: 'k', ...overrides });

describe('taking an order while the buyer waits', () => {
  it('pays it and completes it', async () => {
    const { deps, store, book, clock, log } = world();
    const startedAt = clock.now();

    const { order } = await takeSyncOrder(deps, aSyncOrder());

    expect(order).toMatchObject({ status: 'completed', payment_id: `${order.order_id}#1` });
    expect(clock.now() - startedAt).toBe(PAYMENT_MS);
    expect(book.chargedFor(order.order_id)).toMatchObject([{ amount_cents: order.total_cents }]);
    const stored = await store.get(order.order_id);
    expect(stored).not.toHaveProperty('sweep_at');
    expect(stored).not.toHaveProperty('lease_until');
    expect([log.count('accepted'), log.count('ended', 'completed')]).toEqual([1, 1]);
  });

  it('declines it with the reason, and a repeat gets the same answer', async () => {
    const { deps, book } = world({ decline: 1 });

    const first = await takeSyncOrder(deps, keyed());
    const again = await takeSyncOrder(deps, keyed());

    expect(first.order).toMatchObject({ status: 'declined', decline_reason: 'card_declined' });
    expect(again).toMatchObject({ isNew: false, order: { status: 'declined' } });
    expect(book.charges.size).toBe(1);
  });

  it('answers repeats at once while it is being paid, and its end afterwards', async () => {
    const { deps, book, clock } = world();
    const first = takeSyncOrder(deps, keyed());
    const startedAt = clock.now();

    const meanwhile = await Promise.allSettled(
      Array.from({ length: 49 }, () => takeSyncOrder(deps, keyed())),
    );

    expect(clock.now()).toBe(startedAt);
    expect(meanwhile).toEqual(
      Array(49).fill({
        status: 'rejected',
        reason: expect.objectContaining({ code: 'order_in_progress', retryAfterSeconds: 3 }),
      }),
    );
    const { order } = await first;
    expect(await takeSyncOrder(deps, keyed())).toEqual({
      order: expect.objectContaining({ status: 'completed', order_id: order.order_id }),
      isNew: false,
    });
    expect(book.charges.size).toBe(1);
  });
});

describe('when the charge fails', () => {
  it('cancels what was never begun, and takes it again under the next revision', async () => {
    const { deps, payments, book, log } = world();
    const failingDeps = { ...deps, payments: failing(payments, 'charge', 'before') };

    await expect(takeSyncOrder(failingDeps, keyed())).rejects.toMatchObject({ code: 'not_taken' });
    const { order } = await takeSyncOrder(failingDeps, keyed());

    expect(order).toMatchObject({
      status: 'completed',
      revision: 2,
      payment_id: `${order.order_id}#2`,
    });
    expect(book.chargedFor(order.order_id)).toHaveLength(1);
    expect([
      log.count('accepted'),
      log.count('ended', 'cancelled'),
      log.count('ended', 'completed'),
    ]).toEqual([2, 1, 1]);
  });

  it.each(['after', 'never'] as const)(
    'waits for the outcome of a charge that failed %s it was begun',
    async (fault) => {
      const { deps, clock } = world({ [fault]: 1 });
      const startedAt = clock.now();

      const { order } = await takeSyncOrder(deps, keyed());

      expect(order.status).toBe('completed');
      expect(clock.now() - startedAt).toBeLessThanOrEqual(deps.paymentTimeoutMs);
    },
  );

  it('does not guess while the provider cannot be asked; a repeat after the lease settles it', async () => {
    const { deps, payments, clock, book } = world();
    const lost = failing(failing(payments, 'charge', 'after'), 'lookup', 'before', 2);

    await expect(takeSyncOrder({ ...deps, payments: lost }, keyed())).rejects.toMatchObject({
      code: 'outcome_unknown',
    });
    await expect(takeSyncOrder(deps, keyed())).rejects.toMatchObject({ code: 'order_in_progress' });
    clock.advance(LEASE_MS);
    const { order, isNew } = await takeSyncOrder(deps, keyed());

    expect(isNew).toBe(false);
    expect(order.status).toBe('completed');
    expect(book.chargedFor(order.order_id)).toHaveLength(1);
  });

  it('says that the outcome is unknown when the end cannot be stored', async () => {
    const { deps, store, clock, book } = world();
    const failingDeps = { ...deps, store: failing(store, 'finish', 'before', 2) };

    await expect(takeSyncOrder(failingDeps, keyed())).rejects.toMatchObject({
      code: 'outcome_unknown',
    });
    clock.advance(LEASE_MS);
    const { order } = await takeSyncOrder(deps, keyed());

    expect(order.status).toBe('completed');
    expect(book.chargedFor(order.order_id)).toHaveLength(1);
  });

  it('tries a second time to store the end', async () => {
    const { deps, store } = world();

    const { order } = await takeSyncOrder(
      { ...deps, store: failing(store, 'finish', 'before') },
      keyed(),
    );

    expect(order.status).toBe('completed');
  });
});

describe('a repeat past the lease of a request that died', () => {
  it('pays the order anew where no charge was begun, and the first can no longer charge', async () => {
    const { deps, store, payments, clock, book } = world();
    const dead = keyed();
    await store.create(dead);
    clock.advance(LEASE_MS);

    const { order, isNew } = await takeSyncOrder(deps, keyed({ nowMs: clock.now() }));

    expect(isNew).toBe(true);
    expect(order).toMatchObject({ status: 'completed', revision: 2, created_at: dead.created_at });
    expect(await payments.charge(paymentKey(dead), 1)).toMatchObject({ state: 'void' });
    expect(book.chargedFor(order.order_id)).toHaveLength(1);
  });

  it('waits for a charge that is still in progress', async () => {
    const { deps, store, payments, clock } = world();
    const dead = keyed();
    await store.create(dead);
    clock.advance(LEASE_MS);
    const charging = payments.charge(paymentKey(dead), dead.total_cents);

    await expect(takeSyncOrder(deps, keyed())).rejects.toMatchObject({ code: 'order_in_progress' });
    await charging;
    expect(await takeSyncOrder(deps, keyed())).toMatchObject({
      order: { status: 'completed', revision: 1 },
    });
  });

  it('never lets a request that woke up late charge past its lease', async () => {
    const { deps, book } = world();
    const late = keyed({ leaseUntilMs: 0 });

    await expect(takeSyncOrder(deps, late)).rejects.toMatchObject({ code: 'not_taken' });
    expect(book.chargedFor(late.order_id)).toHaveLength(0);
  });
});
