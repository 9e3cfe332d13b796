import type { FunctionStats } from '../../contracts/runtimeStats.ts';

/** What was billed here, its rounding and inits included, made longer by the share of a core of the memory size. */
export function gbSecondsAtMemory(stats: FunctionStats, memoryMb: number): number {
  const stretchMs = stats.durationsAtMemory.sumMs - stats.durations.sumMs;
  return stats.billedGbSeconds + (stretchMs / 1000) * (memoryMb / 1024);
}
