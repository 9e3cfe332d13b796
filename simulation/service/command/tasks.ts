import type { Seal } from '../../sealedEntropy.ts';
import { drawHistory } from '../history.ts';
import { type Life, liveThrough } from '../liveThrough.ts';
import { WRONG } from '../wrongServices.ts';
import { Shrinker } from './shrink.ts';

/** What a thread is given to do: seeds to live through, until one fails where that is all that is asked. */
export interface Task {
  from: number;
  runs: number;
  wrong?: string | undefined;
  untilFailure: boolean;
}

export interface Failure {
  seed: number;
  hash: string;
  /** With which service, where that is wrong on purpose. */
  wrong?: string | undefined;
  violations: string[];
  /** The shortest history that breaks the same rule. */
  steps: { at_ms: number; text: string }[];
  tried: number;
}

export interface TaskResult {
  runs: number;
  orders: number;
  virtualSeconds: number;
  /** Of all runs, in their order. */
  hashes: string[];
  failures: Failure[];
}

export async function work(
  { from, runs, wrong, untilFailure }: Task,
  seal: Seal,
): Promise<TaskResult> {
  const service = serviceOf(wrong);
  const result: TaskResult = { runs: 0, orders: 0, virtualSeconds: 0, hashes: [], failures: [] };
  for (let seed = from; seed < from + runs; seed += 1) {
    const life = await liveThrough(drawHistory(seed), seal, service);
    result.runs += 1;
    result.orders += life.figures.orders;
    result.virtualSeconds += life.figures.virtualSeconds;
    result.hashes.push(life.hash);
    if (life.violations.length === 0) continue;
    result.failures.push(await failureOf(life, seal, wrong));
    if (untilFailure) break;
  }
  return result;
}

const serviceOf = (wrong: string | undefined) => (wrong === undefined ? {} : WRONG[wrong]);

async function failureOf(life: Life, seal: Seal, wrong?: string): Promise<Failure> {
  const { seed, hash } = life;
  const shrinker = new Shrinker(drawHistory(seed), life, (history) =>
    liveThrough(history, seal, serviceOf(wrong)),
  );
  const shrunk = await shrinker.shrink();
  const steps = shrunk.life.steps.map(({ atMs, text }) => ({ at_ms: atMs, text }));
  return {
    ...{ seed, hash, wrong, steps, tried: shrunk.tried },
    violations: shrunk.life.violations,
  };
}
