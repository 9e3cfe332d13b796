import { randomUUID } from 'node:crypto';

/** What is drawn by lot, so that a simulation can draw it from its seed. */
export interface Randomness {
  /** From 0 up to, but not including, 1. */
  fraction(): number;
  uuid(): string;
}

export const systemRandomness: Randomness = { fraction: () => Math.random(), uuid: randomUUID };

/** Up to 24 random digits: what `randomBytes` asks the system for each time, `randomUUID` has in advance. */
export function randomHex(digits: number): string {
  const uuid = randomUUID();
  // What stands between these tells the version.
  return (uuid.slice(24) + uuid.slice(0, 8) + uuid.slice(9, 13)).slice(0, digits);
}
