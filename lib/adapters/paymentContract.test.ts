import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type PaymentFaults, paymentFaultsSchema } from '../domain/declinesAndFaults.ts';
import { simulatedPayment } from '../domain/simulatedPayment.ts';
import { FakeClock, NOON } from '../testing/fakeClock.ts';
import { IntentsProvider } from '../testing/intentsProvider.ts';
import { keyedPayment } from '../testing/keyedPayment.ts';
import { MemoryChargeBook, MemoryOpenChargeBook } from '../testing/memory.ts';
import {
  brokenPromises,
  keepsPaymentContract,
  type PaymentSubject,
  type Trouble,
} from '../testing/paymentContract.ts';
import { httpPayment } from './httpPayment.ts';

const key = { orderId: 'ord_1', revision: 1 };

const FAULTS: Record<Trouble, Partial<PaymentFaults>> = {
  declines: { decline: 1 },
  'fails before': { before: 1 },
  'fails after': { after: 1 },
  'is down': { down: { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' } },
};

function simulated(): PaymentSubject {
  const clock = new FakeClock();
  const book = new MemoryChargeBook();
  const none = paymentFaultsSchema().parse({});
  const faults = { ...none };
  const payments = simulatedPayment({ book, clock, durationMs: 3_000, faults });
  return {
    payments,
    successor: payments,
    clock,
    takenCents: () => book.chargedFor('ord_1').map(({ amount_cents }) => amount_cents),
    trouble(trouble) {
      delete faults.down;
      Object.assign(faults, none, trouble && FAULTS[trouble]);
    },
  };
}

function overHttp() {
  const clock = new FakeClock();
  const provider = new IntentsProvider();
  const book = new MemoryOpenChargeBook();
  const adapter = () =>
    httpPayment({
      book,
      clock,
      api: {
        ...{ url: 'http://provider', apiKey: 'key', timeoutMs: 1_000 },
        fetch: provider.fetch as typeof fetch,
      },
      currency: 'usd',
      paymentMethod: 'pm_card_visa',
    });
  return { ...subjectOf(provider, clock, adapter), provider, book };
}

const subjectOf = (
  provider: IntentsProvider,
  clock: FakeClock,
  adapter: () => PaymentSubject['payments'],
): PaymentSubject => ({
  payments: adapter(),
  successor: adapter(),
  clock,
  takenCents: () => provider.takenCents,
  trouble(trouble) {
    provider.trouble = trouble;
  },
});

describe('The simulated provider keeps the contract', () => {
  keepsPaymentContract(simulated);
});

describe("The adapter of a provider's HTTP API keeps the contract", () => {
  keepsPaymentContract(overHttp);
});

describe('An adapter that leaves everything to the idempotency key', () => {
  const keyed = (habits: Parameters<typeof keyedPayment>[1]) => () => {
    const provider = new IntentsProvider();
    return subjectOf(provider, new FakeClock(), () => keyedPayment(provider, habits));
  };

  it('keeps the contract while the provider remembers it', async () => {
    expect(await brokenPromises(keyed({}))).toEqual([]);
  });

  it.each([
    ['sends no key', { keyOf: () => undefined }, 'a second charge of the same key'],
    [
      'tries again with a new key',
      { keyOf: () => randomUUID() },
      'a second charge of the same key',
    ],
    ['takes an unknown outcome for a decline', { takesUnknownForDeclined: true }, 'answer is lost'],
    ['reports void after the charge', { voidsWhatIsCharged: true }, 'void is refused once'],
  ])('breaks it when it %s', async (_, habits, promise) => {
    expect(await brokenPromises(keyed(habits))).toContainEqual(expect.stringContaining(promise));
  });

  it('charges twice once the provider has forgotten the key', async () => {
    const provider = new IntentsProvider();
    const payments = keyedPayment(provider);
    await payments.charge(key, 500);
    provider.forgetKeys();
    await payments.charge(key, 500);

    expect(provider.takenCents).toEqual([500, 500]);
  });
});

describe("The adapter of a provider's HTTP API", () => {
  it('never charges twice, even when the provider has forgotten every key between two calls', async () => {
    const { payments, successor, provider } = overHttp();
    provider.trouble = 'fails after';
    await expect(payments.charge(key, 500)).rejects.toThrow('hang up');
    provider.trouble = undefined;
    provider.forgetKeys();

    expect(await successor.charge(key, 500)).toMatchObject({ state: 'charged', isRepeat: true });
    expect(provider.takenCents).toEqual([500]);
  });

  it("keeps the provider's word in the books, under the key of the order", async () => {
    const { payments, book } = overHttp();
    await payments.charge(key, 500);

    expect([...book.charges.values()]).toEqual([
      {
        ...{ charge_id: 'ord_1#1', order_id: 'ord_1', amount_cents: 500, outcome: 'charged' },
        ...{ provider_id: 'pi_1', begun_at: new Date(NOON).toISOString() },
        resolves_at: new Date(NOON).toISOString(),
      },
    ]);
  });

  it('cancels the intent of a charge that was made ready and not begun', async () => {
    const { payments, successor, provider, clock } = overHttp();
    await expect(payments.charge(key, 500, { notAfter: clock.now() - 1 })).rejects.toThrow('late');

    expect(await successor.void(key, 'deadline_passed')).toBe(true);
    expect(provider.intents).toMatchObject([
      { status: 'canceled', cancellation_reason: 'abandoned' },
    ]);
    expect(await successor.lookup(key)).toEqual({ state: 'void', reason: 'deadline_passed' });
  });
});
