import type { SeededRandom } from '../../seededRandom.ts';
import type { PlanSettings } from '../inputs/settings.ts';
import type { OrderEnd } from './ledger.ts';

export interface Attempt {
  /** What a processor waits for the provider. */
  waitMs: number;
  /** Undefined: it failed, and its message comes again. */
  end: OrderEnd | undefined;
}

/** The simulated provider: what an attempt to charge an order comes to. */
export class ModelledPayments {
  readonly #settings: PlanSettings;
  readonly #random: SeededRandom;
  /** Charges that were begun and not answered: the next attempt hears of them at once. */
  readonly #begun = new Map<number, OrderEnd>();

  constructor(settings: PlanSettings, random: SeededRandom) {
    this.#settings = settings;
    this.#random = random;
  }

  attempt(order: number): Attempt {
    const begun = this.#begun.get(order);
    if (begun !== undefined) return { waitMs: 0, end: begun };
    const { faults, payment, sizing } = this.#settings;
    const drawn = this.#random.fraction();
    if (drawn < faults.before) return { waitMs: 0, end: undefined };
    const end = this.#random.chance(faults.decline) ? 'declined' : 'completed';
    const paymentMs = payment.quantile(this.#random.fraction()) * 1000;
    const { timeoutMs } = sizing.payment;
    const isLost = drawn < faults.before + faults.after + faults.never;
    if (!isLost && paymentMs <= timeoutMs) return { waitMs: paymentMs, end };
    this.#begun.set(order, end);
    const isCutOff = drawn < faults.before + faults.after && isLost;
    return { waitMs: isCutOff ? 0 : timeoutMs, end: undefined };
  }
}
