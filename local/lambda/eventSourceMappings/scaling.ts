import type { Clock } from '../../clock.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const USUAL: Pace = { initial: 5, perMinute: 300, maximum: 1250 };
const PROVISIONED = { perPoller: 10, perMinute: 1000 };
/** After errors a mapping goes no lower than the two pollers AWS keeps. */
const MINIMUM = 2;

interface Pace {
  initial: number;
  perMinute: number;
  maximum: number;
}

/**
 * How many invocations a mapping may run at once: five at first, 300 more a minute while all of them are taken; in the
 * provisioned mode, with as many pollers all the time, what these run.
 */
export class Scaling {
  readonly #clock: Clock;
  readonly #onGrowth: () => void;
  readonly #pace: Pace;
  #allowed: number;
  #timer: unknown;

  constructor(clock: Clock, onGrowth: () => void, pollers?: number) {
    this.#clock = clock;
    this.#onGrowth = onGrowth;
    this.#pace = pollers === undefined ? USUAL : provisioned(pollers);
    this.#allowed = this.#pace.initial;
  }

  /** What `maximumConcurrency` leaves of it. */
  limit(maximumConcurrency: number | undefined): number {
    return Math.min(this.#allowed, maximumConcurrency ?? this.#pace.maximum);
  }

  /** Everything allowed is running, so there may be more to do: one more in a fifth of a second. */
  saturated(maximumConcurrency: number | undefined): void {
    const { initial, perMinute, maximum } = this.#pace;
    const cap = Math.max(initial, maximumConcurrency ?? maximum);
    if (this.#timer !== undefined || this.#allowed >= cap) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#allowed += 1;
      this.#onGrowth();
    }, 60_000 / perMinute);
  }

  idle(): void {
    this.stop();
    this.#allowed = this.#pace.initial;
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

function provisioned(pollers: number): Pace {
  const { perPoller, perMinute } = PROVISIONED;
  return { initial: pollers * perPoller, perMinute, maximum: pollers * perPoller };
}
