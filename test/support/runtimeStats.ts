import { type RuntimeStats, runtimeStatsSchema } from '../../contracts/runtimeStats.ts';

/** What the runtime has counted, from the address of its console. */
export async function readStats(console: string): Promise<RuntimeStats> {
  const answer = await fetch(new URL('/api/stats', console));
  return runtimeStatsSchema.parse(await answer.json());
}
