import { randomBytes } from 'node:crypto';

/** All that the service draws by lot. The simulation puts a seeded source in its place. */
export const randomness = {
  bytes: (size: number): Buffer => randomBytes(size),
  /** From 0 up to, but not including, 1. */
  fraction: (): number => Math.random(),
};
