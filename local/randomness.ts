import { randomUUID } from 'node:crypto';

/** What is drawn by lot, so that a simulation can draw it from its seed. */
export interface Randomness {
  /** From 0 up to, but not including, 1. */
  fraction(): number;
  uuid(): string;
}

export const systemRandomness: Randomness = { fraction: () => Math.random(), uuid: randomUUID };
