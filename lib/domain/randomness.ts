import { randomBytes } from 'node:crypto';

/** The system takes as long for one as for many. */
const BYTES_AT_ONCE = 4096;
let inAdvance = Buffer.alloc(0);

function takeBytes(size: number): Buffer {
  if (inAdvance.length < size) inAdvance = randomBytes(Math.max(size, BYTES_AT_ONCE));
  const taken = inAdvance.subarray(0, size);
  inAdvance = inAdvance.subarray(size);
  return taken;
}

/** All that the service draws by lot. The simulation puts a seeded source in its place. */
export const randomness = {
  bytes: takeBytes,
  /** From 0 up to, but not including, 1. */
  fraction: (): number => Math.random(),
};
