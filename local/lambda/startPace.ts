/**
 * Environments of one function share a thread, so a start takes time from those that are at work. One starts at a
 * time, when the thread has time to spare or has let events wait for this long; else a burst on a busy machine would
 * start environments instead of working the burst off.
 */
const BUSY_UTILIZATION = 0.8;
const LONGEST_START_DELAY_MS = 250;
const START_CHECK_MS = 2;

interface PaceOptions {
  /** Events wait for an environment. */
  isWanted: () => boolean;
  /** Nothing is at work that a start could delay. */
  isFirst: () => boolean;
  /** Share of the time since it was last asked that the thread was at work, 0 to 1. */
  utilization: () => number;
  start: () => void;
}

/** When a function's thread starts its next environment. */
export class StartPace {
  readonly #options: PaceOptions;
  #isStarting = false;
  #lastStartAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Starts one now or soon, as long as it is wanted. */
  request(): void {
    clearTimeout(this.#timer);
    if (this.#isStarting || !this.#options.isWanted()) return;
    if (this.#hasTime()) {
      this.#isStarting = true;
      this.#options.start();
    } else this.#timer = setTimeout(() => this.request(), START_CHECK_MS);
  }

  /** The start has come to its end, good or bad. */
  started(): void {
    this.#isStarting = false;
    this.#lastStartAt = performance.now();
    this.#options.utilization();
    this.request();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #hasTime(): boolean {
    if (this.#options.isFirst()) return true;
    if (performance.now() - this.#lastStartAt > LONGEST_START_DELAY_MS) return true;
    return this.#options.utilization() < BUSY_UTILIZATION;
  }
}
