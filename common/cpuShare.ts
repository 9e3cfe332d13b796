/** Lambda gives a whole core at so many MB: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MB_OF_A_CORE = 1769;

/** What one thread gets of a core at this memory size. */
export const shareOfACore = (memoryMb: number): number => Math.min(1, memoryMb / MB_OF_A_CORE);

/**
 * The most that an invocation takes on Lambda which took `durationMs` with a whole core: as if it waited for nothing
 * while it computed. Where computing overlaps with waiting, it takes less.
 */
export const durationAtMemory = (durationMs: number, cpuMs: number, memoryMb: number): number =>
  durationMs + cpuMs * (1 / shareOfACore(memoryMb) - 1);
