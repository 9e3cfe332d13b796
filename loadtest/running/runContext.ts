import { setTimeout as sleep } from 'node:timers/promises';
import type { Way } from '../../lib/domain/order.ts';
import type { Stage } from '../../ops/stage.ts';
import {
  MISSES_UNTIL_LOST,
  type Sampler,
  type SystemSample,
  startSampler,
  takeSample,
} from '../measuring/systemSampler.ts';
import type { Progress } from './progress.ts';

/** A service that dies refuses connections some moments before its end is told. */
const END_IS_TOLD_WITHIN_MS = 1000;
const PAUSE_AFTER_MISS_MS = 200;

/** What is there before the service is. */
export interface CommonContext {
  /** Where request logs and the service's log go. */
  folder: string;
  progress: Progress;
  /** Fires when the run has to end: interrupted, or the service is gone. */
  signal: AbortSignal;
}

/** What the phases run against, and with what. */
export interface RunContext extends CommonContext {
  kind: 'own' | 'local' | 'aws' | 'url';
  url: string;
  /** null: only an address is known, so nothing can be sampled, set or reconciled. */
  stage: Stage | null;
  /** The path of the `locust` command. */
  locust: string;
  seed: number;
}

/** What was seen while a phase did its work, and what broke it off. */
interface Sampled<Result> {
  startedAt: number;
  endedAt: number;
  samples: SystemSample[];
  /** undefined where the work broke off. */
  result: Result | undefined;
  fault: Error | null;
}

export const nowSeconds = (): number => Date.now() / 1000;

/** Does the work of a phase while the stage is sampled; a stage that stops answering ends it. */
export async function whileSampled<Result>(
  context: RunContext,
  label: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Sampled<Result>> {
  const sampler = samplePhase(context, label);
  const signal =
    sampler === null ? context.signal : AbortSignal.any([context.signal, sampler.lost]);
  const startedAt = nowSeconds();
  let result: Result | undefined;
  let fault: Error | null = null;
  try {
    result = await work(signal);
  } catch (error) {
    fault = await whatBroke(error, signal);
  }
  const endedAt = nowSeconds();
  await sampler?.stop();
  return { startedAt, endedAt, samples: sampler?.samples ?? [], result, fault };
}

/** Samples the stage and shows each sample; null where there is no stage to ask. */
function samplePhase(context: RunContext, label: string): Sampler | null {
  const { stage, progress } = context;
  if (stage === null) return null;
  const startedAt = nowSeconds();
  return startSampler(
    () => takeSample(stage),
    ({ at, visible, inFlight, deadLettered }) => {
      const seconds = Math.round(at - startedAt);
      progress.status(
        `${label} ${seconds} s: ${visible} waiting, ${inFlight} in flight, ${deadLettered} dead-lettered`,
      );
    },
  );
}

/** What broke something off: the end of the run where it has one, else the error itself. */
export async function whatBroke(error: unknown, signal: AbortSignal): Promise<Error> {
  await sleep(END_IS_TOLD_WITHIN_MS, undefined, { signal }).catch(() => {});
  return (signal.aborted ? signal.reason : error) as Error;
}

/** A sample, asked for again where the answer takes too long, as the sampler does. */
export async function sampleOnce(stage: Stage, signal: AbortSignal): Promise<SystemSample> {
  for (let misses = 1; ; misses += 1) {
    try {
      return await takeSample(stage);
    } catch (error) {
      if (misses === MISSES_UNTIL_LOST) throw error;
      await sleep(PAUSE_AFTER_MISS_MS, undefined, { signal });
    }
  }
}

/** Whether nothing waits or runs any more on this way: in the queue, or among Lambda's asynchronous events. */
export async function isEmpty(stage: Stage, way: Way, signal: AbortSignal): Promise<boolean> {
  const { visible, inFlight, runtime } = await sampleOnce(stage, signal);
  const events = (runtime?.async.waiting ?? 0) + (runtime?.async.running ?? 0);
  return (way === 'direct' ? events : visible + inFlight) === 0;
}
