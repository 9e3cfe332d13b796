import type { SeededRandom } from '../../seededRandom.ts';
import type { VirtualClock } from '../../virtualClock.ts';
import type { ClosedLoad, Load, OpenLoad } from '../inputs/load.ts';

interface BuyersOptions {
  clock: VirtualClock;
  random: SeededRandom;
  /** Sends an order. */
  order: (answered: () => void) => void;
}

/** All buyers of a closed loop have come by then. */
const ALL_HERE_MS = 2000;

/** Send orders as the load says. */
export class Buyers {
  readonly #load: Load;
  readonly #options: BuyersOptions;
  #next = 0;
  /** Of an open load: the last one has come. */
  #hasEnded = false;

  constructor(load: Load, options: BuyersOptions) {
    this.#load = load;
    this.#options = options;
  }

  get isDone(): boolean {
    return this.#hasEnded || this.#options.clock.now() >= this.#endMs;
  }

  start(): void {
    const { clock } = this.#options;
    const load = this.#load;
    if (load.kind === 'open') this.#sendNext(load);
    else
      for (let buyer = 0; buyer < load.buyers; buyer += 1)
        clock.setPlainTimeout(() => this.#visit(load), (buyer / load.buyers) * ALL_HERE_MS);
  }

  get #endMs(): number {
    return this.#load.durationSeconds * 1000;
  }

  #sendNext(load: OpenLoad): void {
    const { clock, order } = this.#options;
    const atMs = load.secondOf(this.#next++) * 1000;
    this.#hasEnded = !(atMs < this.#endMs);
    if (this.#hasEnded) return;
    clock.setPlainTimeout(() => {
      order(() => undefined);
      this.#sendNext(load);
    }, atMs - clock.now());
  }

  #visit(load: ClosedLoad): void {
    const { clock, random, order } = this.#options;
    if (clock.now() >= this.#endMs) return;
    order(() => {
      const waitMs = random.between(...load.waitSeconds) * 1000;
      clock.setPlainTimeout(() => this.#visit(load), waitMs);
    });
  }
}
