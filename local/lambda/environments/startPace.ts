/**
 * Environments of one function share a thread, so a start takes time from those that are at work. One starts at a
 * time. Where invocations last much longer than a start, they wait for something outside (a payment), and the next
 * environment starts after a breath. Else it starts when the thread has time to spare or has let events wait for long:
 * a burst on a busy machine would otherwise start environments instead of working the burst off.
 */
const LONG_RUN_STARTS = 10;
const BREATH_SHARE = 0.25;
const BUSY_UTILIZATION = 0.8;
const LONGEST_START_DELAY_MS = 250;
const START_CHECK_MS = 2;

interface PaceOptions {
  /** Events wait for an environment. */
  isWanted: () => boolean;
  /** Nothing is at work that a start could delay. */
  isFirst: () => boolean;
  /** The shortest invocation so far; undefined before the first has ended. */
  shortestRunMs: () => number | undefined;
  /** Share of the time since it was last asked that the thread was at work, 0 to 1. */
  utilization: () => number;
  start: () => void;
}

/** When a function's thread starts its next environment. */
export class StartPace {
  readonly #options: PaceOptions;
  #isStarting = false;
  #beganAt = 0;
  #lastStart = { endedAt: 0, tookMs: 0 };
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Starts one now or soon, as long as it is wanted. */
  request(): void {
    clearTimeout(this.#timer);
    if (this.#isStarting || !this.#options.isWanted()) return;
    if (this.#isTime()) {
      this.#isStarting = true;
      this.#beganAt = performance.now();
      this.#options.start();
    } else this.#timer = setTimeout(() => this.request(), START_CHECK_MS);
  }

  /** The start has come to its end, good or bad. */
  started(): void {
    const endedAt = performance.now();
    this.#isStarting = false;
    this.#lastStart = { endedAt, tookMs: endedAt - this.#beganAt };
    this.#options.utilization();
    this.request();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #isTime(): boolean {
    if (this.#options.isFirst()) return true;
    const { endedAt, tookMs } = this.#lastStart;
    const restedMs = performance.now() - endedAt;
    const shortestRunMs = this.#options.shortestRunMs() ?? Number.POSITIVE_INFINITY;
    if (shortestRunMs > tookMs * LONG_RUN_STARTS) return restedMs > tookMs * BREATH_SHARE;
    return restedMs > LONGEST_START_DELAY_MS || this.#options.utilization() < BUSY_UTILIZATION;
  }
}
