import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Chaos, FATES, type Fate, type Step } from '../testing/chaos.ts';
import type { ChargeBook } from './chargeBook.ts';

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      key: fc.nat(2),
      way: fc.constantFrom('sync' as const, 'queued' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      pick: fc.nat(5),
      afterTicks: fc.nat(40),
      isLost: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'sweep' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      durationMs: fc.constantFrom(1_000, 15_000, 900_000, 3_600_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'arrive' as const }) },
);
/** Up to three things at the same moment, up to twelve times. */
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 12,
});
const fates = (...unlucky: readonly Fate[]) =>
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant<Fate>('ok') },
      { weight: 2, arbitrary: fc.constantFrom(...unlucky) },
    ),
    { maxLength: 60 },
  );

async function live(chaos: Chaos, moments: Step[][]): Promise<void> {
  for (const steps of moments) await Promise.all(steps.map((one) => chaos.run(one)));
}

/** Every way in which books can fail to close. */
function violations(chaos: Chaos, open: unknown[]): string[] {
  const { store, book } = chaos.world;
  const found = open.map((order) => `still open: ${JSON.stringify(order)}`);
  for (const order of store.orders.values()) {
    const charges = book.chargedFor(order.order_id);
    const amounts = charges.map(({ amount_cents }) => amount_cents);
    const due = order.status === 'completed' ? [order.total_cents] : [];
    if (JSON.stringify(amounts) !== JSON.stringify(due)) {
      found.push(`${order.status} ${order.order_id} was charged ${JSON.stringify(amounts)}`);
    }
  }
  for (const { order_id, revision } of chaos.taken) {
    const order = store.orders.get(order_id);
    if (order === undefined) found.push(`lost: ${order_id}`);
    else if (order.status === 'cancelled' || order.revision !== revision)
      found.push(`taken, but cancelled: ${order_id}#${revision}`);
  }
  for (const { order_id, revision } of chaos.notTaken) {
    const charge = book.charges.get(`${order_id}#${revision}`);
    if (charge?.outcome === 'charged') found.push(`not taken, but charged: ${charge.charge_id}`);
  }
  return found;
}

const booksClose = (bookOf?: (book: ChargeBook) => ChargeBook) =>
  fc.asyncProperty(history, fates(...FATES), async (moments, plan) => {
    const chaos = new Chaos([...plan], bookOf);
    await live(chaos, moments);
    expect(violations(chaos, await chaos.settle())).toEqual([]);
  });

/** A provider that books a charge of its own for each call. */
const withoutKeyCheck = (book: ChargeBook): ChargeBook => ({
  get: (id) => book.get(id),
  putIfAbsent: async (charge) => {
    const isFirst = (await book.get(charge.charge_id)) === undefined;
    const charge_id = isFirst ? charge.charge_id : `${charge.charge_id}.${Math.random()}`;
    return book.putIfAbsent({ ...charge, charge_id });
  },
});

/** Hundreds of histories take seconds on a machine that is busy. */
jest.setTimeout(60_000);

describe('the books', () => {
  it('close whatever call fails, gets no answer, arrives late or kills its caller', async () => {
    await fc.assert(booksClose(), { numRuns: 300 });
  });

  it('do not close when the provider does not check its keys', async () => {
    const { failed } = await fc.check(booksClose(withoutKeyCheck), { numRuns: 300 });

    expect(failed).toBe(true);
  });

  it('equal what was reported: each revision is accepted once and ends once', async () => {
    await fc.assert(
      fc.asyncProperty(history, fates('slow', 'undone'), async (moments, plan) => {
        const chaos = new Chaos([...plan]);
        await live(chaos, moments);
        await chaos.settle();

        const { store, log } = chaos.world;
        const orders = [...store.orders.values()];
        const count = (status: string) => orders.filter((order) => order.status === status).length;
        const revisions = orders.reduce((sum, { revision }) => sum + revision, 0);
        expect(log.count('accepted')).toBe(revisions);
        expect(log.count('ended', 'completed')).toBe(count('completed'));
        expect(log.count('ended', 'cancelled')).toBe(
          count('cancelled') + revisions - orders.length,
        );
      }),
      { numRuns: 100 },
    );
  });
});
