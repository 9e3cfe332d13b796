import type { Clock } from '../../clock.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const INITIAL = 5;
const PER_MINUTE = 300;
const MAXIMUM = 1250;
/** After errors a mapping goes no lower than the two pollers AWS keeps. */
const MINIMUM = 2;

/** How many invocations a mapping may run at once: five at first, 300 more a minute while all of them are taken. */
export class Scaling {
  readonly #clock: Clock;
  readonly #onGrowth: () => void;
  #allowed = INITIAL;
  #timer: unknown;

  constructor(clock: Clock, onGrowth: () => void) {
    this.#clock = clock;
    this.#onGrowth = onGrowth;
  }

  /** What `maximumConcurrency` leaves of it. */
  limit(maximumConcurrency: number | undefined): number {
    return Math.min(this.#allowed, maximumConcurrency ?? MAXIMUM);
  }

  /** Everything allowed is running, so there may be more to do: one more in a fifth of a second. */
  saturated(maximumConcurrency: number | undefined): void {
    const cap = Math.max(INITIAL, maximumConcurrency ?? MAXIMUM);
    if (this.#timer !== undefined || this.#allowed >= cap) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#allowed += 1;
      this.#onGrowth();
    }, 60_000 / PER_MINUTE);
  }

  idle(): void {
    this.stop();
    this.#allowed = INITIAL;
  }

  /** A throttled or failed batch: AWS cuts the concurrency without saying by how much; here it is halved. */
  cut(): void {
    this.#allowed = Math.max(MINIMUM, Math.floor(this.#allowed / 2));
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
