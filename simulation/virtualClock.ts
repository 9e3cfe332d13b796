import type { Clock } from '../local/clock.ts';
import { type Timer, TimerHeap } from './timerHeap.ts';

/** Kept from before the entropy is sealed. */
const { setImmediate, queueMicrotask } = globalThis;
const { nextTick } = process;

/** So often the event loop turns, which is when Node tells of rejections that nobody caught. */
const TICKS_A_LOOP = 16;

/** A moment with nothing special about it. */
export const START_MS = Date.parse('2026-11-27T12:00:00.000Z');

/**
 * Time that jumps to the next timer as soon as everything that is already decided has happened. It is the clock of the
 * runtime's classes and, with `sleep`, that of the service's.
 */
export class VirtualClock implements Clock {
  readonly #heap = new TimerHeap();
  #nowMs: number;
  #sequence = 0;
  #turns = 0;

  constructor(startMs = START_MS) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** In whole milliseconds, as timers are. */
  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.#set(callback, delayMs, false);
  }

  /** For a callback that settles no promise: time goes on at once. */
  setPlainTimeout(callback: () => void, delayMs: number): Timer {
    return this.#set(callback, delayMs, true);
  }

  #set(callback: () => void, delayMs: number, isPlain: boolean): Timer {
    const dueAt = this.#nowMs + Math.max(0, Math.ceil(delayMs));
    const timer = { dueAt, sequence: this.#sequence++, callback, isPlain };
    this.#heap.push(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    if (timer !== undefined) (timer as Timer).callback = undefined;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => void this.setTimeout(resolve, durationMs));
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = this.setTimeout(callback, delayMs);
    return () => this.clearTimeout(timer);
  }

  /** Lives until nothing is left to happen, or until a time, which it then is. */
  async run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    await loop();
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#nowMs = next.dueAt;
      if (this.#fireInstant()) await this.#turn();
    }
    if (Number.isFinite(untilMs)) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Lets promises, and what they set off in turn, come to rest. */
  #turn(): Promise<void> {
    this.#turns += 1;
    return this.#turns % TICKS_A_LOOP === 0 ? loop() : tick();
  }

  #next(untilMs: number): Timer | undefined {
    const { first } = this.#heap;
    return first !== undefined && first.dueAt <= untilMs ? first : undefined;
  }

  /** All timers of this instant; those that they set for it in turn come in the next turn. True when one is needed. */
  #fireInstant(): boolean {
    const end = this.#sequence;
    let settles = false;
    for (let next = this.#heap.first; next; next = this.#heap.first) {
      if (next.dueAt > this.#nowMs || next.sequence >= end) return settles;
      this.#heap.pop();
      const { callback } = next;
      settles ||= callback !== undefined && !next.isPlain;
      next.callback = undefined;
      callback?.();
    }
    return settles;
  }
}

const loop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Asked for among the promises, it comes after the last of them: a fifth of the event loop's time. */
const tick = (): Promise<void> => new Promise((resolve) => queueMicrotask(() => nextTick(resolve)));
