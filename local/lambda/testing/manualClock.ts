import type { Clock } from '../../clock.ts';

interface Timer {
  dueAt: number;
  callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #timers = new Set<Timer>();

  constructor(startAt = '2026-01-01T00:00:00.000Z') {
    this.#nowMs = Date.parse(startAt);
  }

  now(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const timer = { dueAt: this.#nowMs + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** Milliseconds until each pending timer, the next one first. */
  get pendingMs(): number[] {
    return [...this.#timers].map(({ dueAt }) => dueAt - this.#nowMs).sort((a, b) => a - b);
  }

  /** Moves on, and fires what comes due in its order; what that sets off in turn gets time to run. */
  async advance(ms: number): Promise<void> {
    const until = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueAt);
      next.callback();
      await settle();
    }
    this.#nowMs = until;
  }

  /** The machine sleeps: nothing fires until it wakes, late. */
  sleepUntil(time: string): void {
    this.#nowMs = Date.parse(time);
  }

  #next(until: number): Timer | undefined {
    return [...this.#timers]
      .filter(({ dueAt }) => dueAt <= until)
      .sort((a, b) => a.dueAt - b.dueAt)[0];
  }
}

/** Lets everything that is already decided happen: promises and what they set off in turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
