import type { Seal } from '../../sealedEntropy.ts';
import type { Step } from '../chronicle.ts';
import { drawHistory, drawSale, type History, type Sale } from '../history.ts';
import { type Life, liveThrough } from '../liveThrough.ts';
import { WRONG } from '../wrongServices.ts';
import { Shrinker } from './shrink.ts';

/** What a thread is given to do: seeds to live through, until one fails where that is all that is asked. */
export interface Task {
  from: number;
  runs: number;
  wrong?: string | undefined;
  /** Instead of the seed's own load. */
  sale?: Sale | undefined;
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
  { from, runs, wrong, sale, untilFailure }: Task,
  seal: Seal,
): Promise<TaskResult> {
  const service = serviceOf(wrong);
  const result: TaskResult = { runs: 0, orders: 0, virtualSeconds: 0, hashes: [], failures: [] };
  for (let seed = from; seed < from + runs; seed += 1) {
    const history = sale === undefined ? drawHistory(seed) : drawSale(seed, sale);
    const life = await liveThrough(history, seal, service);
    result.runs += 1;
    result.orders += life.figures.orders;
    result.virtualSeconds += life.figures.virtualSeconds;
    result.hashes.push(life.hash);
    if (life.violations.length === 0) continue;
    result.failures.push(await failureOf(history, life, seal, wrong));
    if (untilFailure) break;
  }
  return result;
}

const serviceOf = (wrong: string | undefined) => (wrong === undefined ? {} : WRONG[wrong]);

/** So many buyers are too many to leave out one by one. */
const MOST_BUYERS_SHRUNK = 100;

async function failureOf(
  history: History,
  life: Life,
  seal: Seal,
  wrong?: string,
): Promise<Failure> {
  const { seed, hash } = life;
  const live = (shorter: History) => liveThrough(shorter, seal, serviceOf(wrong));
  const isShrunk = history.buyers.length <= MOST_BUYERS_SHRUNK;
  const shrunk = isShrunk
    ? await new Shrinker(history, life, live).shrink()
    : { life: { ...life, steps: stepsOfFirst(life) }, tried: 1 };
  const steps = shrunk.life.steps.map(({ atMs, text }) => ({ at_ms: atMs, text }));
  return {
    ...{ seed, hash, wrong, steps, tried: shrunk.tried },
    violations: shrunk.life.violations,
  };
}

/** What happened to the first order that breaks a rule, and to all of them. */
function stepsOfFirst({ steps, violations }: Life): Step[] {
  const [order = ''] = /order \d+/.exec(violations[0] ?? '') ?? [];
  const isAbout = new RegExp(`${order}\\b`);
  return steps.filter(({ kind, text }) => kind === 'event' || isAbout.test(text));
}
