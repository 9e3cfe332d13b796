import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PAYMENT_MS, world } from '../testing/world.ts';
import { isDeclined, paymentFaultsSchema } from './declinesAndFaults.ts';

const key = { orderId: 'ord_1', revision: 1 };

describe('the simulated provider', () => {
  it('books a charge at once and answers when it is resolved', async () => {
    const { payments, book, clock } = world();
    const begunAt = clock.now();

    const outcome = await payments.charge(key, 500);

    expect(outcome).toEqual({ state: 'charged', paymentId: 'ord_1#1', isRepeat: false });
    expect(clock.now() - begunAt).toBe(PAYMENT_MS);
    expect([...book.charges.values()]).toEqual([
      {
        charge_id: 'ord_1#1',
        order_id: 'ord_1',
        amount_cents: 500,
        outcome: 'charged',
        begun_at: '2026-11-27T12:00:00.000Z',
        resolves_at: '2026-11-27T12:00:03.000Z',
      },
    ]);
  });

  it('answers a second call with the same key at once, and charges nothing', async () => {
    const { payments, book, clock } = world();
    const first = payments.charge(key, 500);
    const begunAt = clock.now();

    const second = await payments.charge(key, 500);

    expect(second).toEqual({
      state: 'in_progress',
      resolvesAt: begunAt + PAYMENT_MS,
      isRepeat: true,
    });
    expect(clock.now()).toBe(begunAt);
    await first;
    expect(await payments.charge(key, 500)).toMatchObject({ state: 'charged', isRepeat: true });
    expect(book.charges.size).toBe(1);
  });

  it('charges another revision of the same order under a key of its own', async () => {
    const { payments, book } = world();
    await payments.void(key);

    expect(await payments.charge({ ...key, revision: 2 }, 500)).toMatchObject({ state: 'charged' });
    expect(await payments.charge(key, 500)).toMatchObject({ state: 'void', isRepeat: true });
    expect(book.chargedFor('ord_1')).toHaveLength(1);
  });

  it('begins nothing after the time given', async () => {
    const { payments, book, clock } = world();

    await expect(payments.charge(key, 500, { notAfter: clock.now() - 1 })).rejects.toThrow(
      'too late',
    );
    expect(book.charges.size).toBe(0);
  });

  it('looks up what is absent, in progress, declined and void', async () => {
    const { payments, clock } = world({ decline: 1 });

    expect(await payments.lookup(key)).toEqual({ state: 'absent' });
    const charging = payments.charge(key, 500);
    expect(await payments.lookup(key)).toEqual({
      state: 'in_progress',
      resolvesAt: clock.now() + PAYMENT_MS,
    });
    await charging;
    expect(await payments.lookup(key)).toEqual({ state: 'declined', reason: 'card_declined' });
    await payments.void({ ...key, revision: 2 });
    expect(await payments.lookup({ ...key, revision: 2 })).toEqual({ state: 'void' });
  });

  it('lets exactly one of any charges and voids win, whatever their order', async () => {
    const calls = fc.array(fc.constantFrom<'charge' | 'void'>('charge', 'void'), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(calls, fc.scheduler(), async (names, scheduler) => {
        const { payments, book } = world();
        const putIfAbsent = book.putIfAbsent.bind(book);
        book.putIfAbsent = (charge) =>
          scheduler.schedule(Promise.resolve()).then(() => putIfAbsent(charge));

        const results = names.map((name) =>
          name === 'charge' ? payments.charge(key, 500) : payments.void(key),
        );
        await scheduler.waitFor(Promise.all(results));

        const won = await Promise.all(results);
        const charges = won.filter((result) => typeof result === 'object' && !result.isRepeat);
        const isVoid = won.includes(true);
        expect(charges).toHaveLength(isVoid ? 0 : 1);
        expect(book.chargedFor('ord_1')).toHaveLength(charges.length);
      }),
      { numRuns: 50 },
    );
  });
});

describe('payments that fail on purpose', () => {
  it('fail before they are begun, and leave no charge', async () => {
    const { payments, book } = world({ before: 1 });

    await expect(payments.charge(key, 500)).rejects.toThrow('before it began');
    expect(book.charges.size).toBe(0);
  });

  it('fail after they are begun, and the charge stands', async () => {
    const { payments, clock } = world({ after: 1 });

    await expect(payments.charge(key, 500)).rejects.toThrow('after it began');
    clock.advance(PAYMENT_MS);
    expect(await payments.lookup(key)).toMatchObject({ state: 'charged' });
  });

  it('refuse every call while the provider is down, and only then', async () => {
    const { payments, clock } = world({
      down: { from: '2026-11-27T12:00:00.000Z', to: '2026-11-27T12:01:00.000Z' },
    });

    await expect(payments.charge(key, 500)).rejects.toThrow('down');
    await expect(payments.lookup(key)).rejects.toThrow('down');
    await expect(payments.void(key)).rejects.toThrow('down');
    clock.advance(60_000);
    expect(await payments.lookup(key)).toEqual({ state: 'absent' });
  });

  it('are chosen by item where that is asked for', async () => {
    const { payments } = world({ by_item: true });
    const pay = (itemId: string) =>
      payments.charge({ orderId: itemId, revision: 1 }, 500, { itemIds: ['sku-1', itemId] });

    await expect(pay('fault-before')).rejects.toThrow('before it began');
    await expect(pay('fault-after')).rejects.toThrow('after it began');
    expect(await pay('fault-decline')).toMatchObject({ state: 'declined' });
    expect(await pay('sku-2')).toMatchObject({ state: 'charged' });
  });

  it('decline the share that is asked for, the same charges at each replay', () => {
    const declined = (seed: number) => {
      const faults = paymentFaultsSchema().parse({ decline: 0.1, seed });
      const ids = Array.from({ length: 2_000 }, (_, index) => `ord_${index}#1`);
      return ids.filter((id) => isDeclined(faults, id, []));
    };

    expect(declined(7)).toEqual(declined(7));
    expect(declined(7)).not.toEqual(declined(8));
    expect(declined(7).length).toBeGreaterThan(150);
    expect(declined(7).length).toBeLessThan(250);
  });

  it('must not add up to more than every charge', () => {
    expect(paymentFaultsSchema().safeParse({ before: 0.6, after: 0.6 }).success).toBe(false);
    expect(paymentFaultsSchema().safeParse({ declines: 0.1 }).success).toBe(false);
  });
});
