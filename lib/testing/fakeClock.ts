import type { Clock } from '../domain/ports.ts';

export const NOON = Date.parse('2026-11-27T12:00:00.000Z');

/** A clock whose time jumps to the next sleeper as soon as nothing else is left to do. */
export class FakeClock implements Clock {
  #nowMs = NOON;
  #sleepers: { atMs: number; wake: () => void }[] = [];
  #isTicking = false;

  now(): number {
    return this.#nowMs;
  }

  advance(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(durationMs, resolve));
  }

  after(durationMs: number, callback: () => void): () => void {
    const sleeper = { atMs: this.#nowMs + durationMs, wake: callback };
    this.#sleepers.push(sleeper);
    this.#tickSoon();
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  #tickSoon(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    // After everything that the fakes have resolved: they answer within microtasks.
    setImmediate(() => {
      this.#isTicking = false;
      const next = this.#sleepers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) return;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
      this.#tickSoon();
    });
  }
}
