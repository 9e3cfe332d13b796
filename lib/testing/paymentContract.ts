import { expect, it } from '@jest/globals';
import type { PaymentKey, PaymentProvider } from '../domain/ports.ts';
import type { FakeClock } from './fakeClock.ts';

/** `fails before`: a call fails and nothing was begun; `fails after`: it was done, and its answer is lost. */
export type Trouble = 'declines' | 'fails before' | 'fails after' | 'is down';

/** An adapter, and what a test sees and does at its provider. */
export interface PaymentSubject {
  payments: PaymentProvider;
  /** The same adapter in another process. */
  successor: PaymentProvider;
  clock: FakeClock;
  /** Every amount that was taken from a buyer. */
  takenCents(): number[];
  trouble(trouble?: Trouble): void;
}

const key: PaymentKey = { orderId: 'ord_1', revision: 1 };

interface Promised {
  that: string;
  holds(subject: PaymentSubject): Promise<void>;
}

/** What docs/payment-provider.md asks of every adapter. */
export const PAYMENT_CONTRACT: Promised[] = [
  {
    that: 'a charge takes its amount once, and can be looked up',
    async holds({ payments, takenCents }) {
      const charged = await payments.charge(key, 500);
      expect(charged).toMatchObject({ state: 'charged', isRepeat: false });
      expect(takenCents()).toEqual([500]);
      const { isRepeat: _, ...outcome } = charged;
      expect(await payments.lookup(key)).toEqual(outcome);
    },
  },
  {
    that: 'a second charge of the same key takes nothing and tells the outcome of the first',
    async holds({ payments, successor, takenCents }) {
      const first = await payments.charge(key, 500);
      const again = await successor.charge(key, 500);
      expect(again).toEqual({ ...first, isRepeat: true });
      expect(takenCents()).toEqual([500]);
    },
  },
  {
    that: 'of charges at once one is the first, and money is taken once',
    async holds(subject) {
      const { payments, successor, takenCents } = subject;
      const calls = [payments, successor, payments].map((each) => each.charge(key, 500));
      const answers = await Promise.all(calls);
      expect(answers.filter(({ isRepeat }) => !isRepeat).length).toBeLessThanOrEqual(1);
      expect(await finalOutcome(subject)).toMatchObject({ state: 'charged' });
      expect(takenCents()).toEqual([500]);
    },
  },
  {
    that: 'the next revision of an order is a charge of its own',
    async holds({ payments, takenCents }) {
      await payments.void(key);
      expect(await payments.charge({ ...key, revision: 2 }, 700)).toMatchObject({
        state: 'charged',
        isRepeat: false,
      });
      expect(takenCents()).toEqual([700]);
    },
  },
  {
    that: 'a decline is final: a later try takes nothing',
    async holds(subject) {
      const { payments, successor, takenCents, trouble } = subject;
      trouble('declines');
      const declined = await payments.charge(key, 500);
      expect(declined).toMatchObject({ state: 'declined', isRepeat: false });
      trouble();
      expect(await successor.charge(key, 500)).toEqual({ ...declined, isRepeat: true });
      expect(await successor.lookup(key)).toMatchObject({ state: 'declined' });
      expect(await successor.void(key)).toBe(false);
      expect(takenCents()).toEqual([]);
    },
  },
  {
    that: 'nothing is begun after its time',
    async holds({ payments, clock, takenCents }) {
      const late = payments.charge(key, 500, { notAfter: clock.now() - 1 });
      await expect(late).rejects.toThrow('too late');
      expect(takenCents()).toEqual([]);
    },
  },
  {
    that: 'a charge whose answer is lost fails, and is found charged: never declined, never absent',
    async holds(subject) {
      const { payments, successor, takenCents, trouble } = subject;
      trouble('fails after');
      await expect(payments.charge(key, 500)).rejects.toThrow();
      trouble();
      expect(await finalOutcome(subject)).toMatchObject({ state: 'charged' });
      expect(await successor.charge(key, 500)).toMatchObject({ state: 'charged', isRepeat: true });
      expect(takenCents()).toEqual([500]);
    },
  },
  {
    that: 'a charge that failed before it was begun fails, is absent, and can be tried again',
    async holds({ payments, successor, takenCents, trouble }) {
      trouble('fails before');
      await expect(payments.charge(key, 500)).rejects.toThrow();
      trouble();
      expect(await payments.lookup(key)).toEqual({ state: 'absent' });
      expect(await successor.charge(key, 500)).toMatchObject({ state: 'charged' });
      expect(takenCents()).toEqual([500]);
    },
  },
  {
    that: 'a key that was not charged can be made void, and is never charged from then on',
    async holds({ payments, successor, takenCents }) {
      expect(await payments.lookup(key)).toEqual({ state: 'absent' });
      expect(await payments.void(key, 'requested')).toBe(true);
      expect(await successor.void(key)).toBe(true);
      const voided = { state: 'void', reason: 'requested' };
      expect(await successor.charge(key, 500)).toEqual({ ...voided, isRepeat: true });
      expect(await successor.lookup(key)).toEqual(voided);
      expect(takenCents()).toEqual([]);
    },
  },
  {
    that: 'void is refused once the charge was begun, and the money stays taken',
    async holds({ payments, successor, takenCents }) {
      await payments.charge(key, 500);
      expect(await successor.void(key, 'requested')).toBe(false);
      expect(await successor.lookup(key)).toMatchObject({ state: 'charged' });
      expect(takenCents()).toEqual([500]);
    },
  },
  {
    that: 'void is refused after a charge whose answer was lost',
    async holds({ payments, successor, takenCents, trouble }) {
      trouble('fails after');
      await expect(payments.charge(key, 500)).rejects.toThrow();
      trouble();
      expect(await successor.void(key)).toBe(false);
      expect(takenCents()).toEqual([500]);
    },
  },
  {
    that: 'of charge and void at once exactly one wins',
    async holds(subject) {
      const { payments, successor, takenCents } = subject;
      const [charged, isVoid] = await Promise.all([
        payments.charge(key, 500).catch(() => undefined),
        successor.void(key).catch(() => false),
      ]);
      const { state } = await finalOutcome(subject);
      expect(takenCents()).toEqual(state === 'charged' ? [500] : []);
      if (isVoid) expect(state).toBe('void');
      if (charged?.state === 'charged') expect(state).toBe('charged');
    },
  },
  {
    that: 'while the provider is down, a charge fails and cannot be looked up',
    async holds({ payments, takenCents, trouble }) {
      trouble('is down');
      await expect(payments.charge(key, 500)).rejects.toThrow();
      await expect(payments.lookup(key)).rejects.toThrow();
      expect(takenCents()).toEqual([]);
    },
  },
];

/** Runs the contract against an adapter: `makeSubject` gives a new one, with a provider that knows nothing yet. */
export function keepsPaymentContract(makeSubject: () => PaymentSubject): void {
  it.each(PAYMENT_CONTRACT)('$that', ({ holds }) => holds(makeSubject()));
}

/** The promises that a new adapter breaks. */
export async function brokenPromises(makeSubject: () => PaymentSubject): Promise<string[]> {
  const broken: string[] = [];
  for (const { that, holds } of PAYMENT_CONTRACT) {
    await holds(makeSubject()).catch(() => broken.push(that));
  }
  return broken;
}

async function finalOutcome({ successor, clock }: PaymentSubject) {
  const known = await successor.lookup(key);
  if (known.state !== 'in_progress') return known;
  clock.advance(known.resolvesAt - clock.now());
  return successor.lookup(key);
}
