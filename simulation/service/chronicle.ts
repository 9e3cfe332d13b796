import { createHash } from 'node:crypto';
import type { VirtualClock } from '../virtualClock.ts';

export type StepKind = 'request' | 'fault' | 'event';

/** One thing that a reader has to know to understand what went wrong. */
export interface Step {
  atMs: number;
  kind: StepKind;
  text: string;
}

const HASHED_AT_ONCE = 65_536;

/** All that happens in a run: its hash tells whether two runs were the same. */
export class Chronicle {
  readonly steps: Step[] = [];
  readonly violations: string[] = [];
  readonly #hash = createHash('sha256');
  readonly #clock: VirtualClock;
  readonly #startMs: number;
  #unhashed = '';
  lines = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  get elapsedMs(): number {
    return this.#clock.now() - this.#startMs;
  }

  note(text: string): void {
    this.lines += 1;
    this.#unhashed += `${this.elapsedMs} ${text}\n`;
    if (this.#unhashed.length > HASHED_AT_ONCE) this.#hashNow();
  }

  /** Returned so that what comes of it can be added. */
  step(kind: StepKind, text: string): Step {
    this.note(text);
    const step = { atMs: this.elapsedMs, kind, text };
    this.steps.push(step);
    return step;
  }

  /** A rule is broken. */
  violate(text: string): void {
    this.note(text);
    if (!this.violations.includes(text)) this.violations.push(text);
  }

  hash(): string {
    this.#hashNow();
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  #hashNow(): void {
    this.#hash.update(this.#unhashed);
    this.#unhashed = '';
  }
}
