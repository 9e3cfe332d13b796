import type { Phase } from '../../contracts/saleResults.ts';
import type { Stage } from '../../ops/stage.ts';
import { setWorkerCount } from '../../ops/workers/workers.ts';
import { workerRate } from '../documentNumbers.ts';
import type { Observation } from '../measuring/phaseObservation.ts';
import { untilEmpty } from './loadPhase.ts';
import type { DrainPhase } from './phasePlan.ts';
import {
  nowSeconds,
  type PhaseObserved,
  type RunContext,
  sampleOnce,
  samplePhase,
  whatBroke,
} from './runContext.ts';

/** A pool that needs longer than this times the formula is too slow, and is not waited for. */
const LIMIT_FACTOR = 3;
const LEAST_LIMIT_SECONDS = 10;

interface Drained {
  observation: Omit<Observation, 'completions'>;
  drain: NonNullable<Phase['summary']['drain']>;
}

/** Raises the workers on the backlog and waits until it is worked off, without load. */
export async function runDrain(
  context: RunContext,
  stage: Stage,
  plan: DrainPhase,
): Promise<PhaseObserved<Drained>> {
  const before = await sampleOnce(stage, context.signal);
  const backlog = before.visible + before.inFlight;
  const limitSeconds = Math.max(
    LEAST_LIMIT_SECONDS,
    (LIMIT_FACTOR * backlog) / workerRate(plan.workers),
  );
  const sampler = samplePhase(context, plan.name);
  const signal =
    sampler === null ? context.signal : AbortSignal.any([context.signal, sampler.lost]);
  const startedAt = nowSeconds();
  let fault: Error | null = null;
  let drained = false;
  try {
    await setWorkerCount(stage, plan.workers);
    drained = await untilEmpty(context, 'queued', signal, limitSeconds);
  } catch (error) {
    fault = await whatBroke(error, signal);
  }
  const endedAt = nowSeconds();
  await sampler?.stop();
  // What was billed is counted from before the phase: a sampler's first answer comes after its start.
  const samples = [before, ...(sampler?.samples ?? [])];
  const observation = { plan, log: null, startedAt, endedAt, samples };
  const drainedAfterSeconds = drained ? endedAt - startedAt : null;
  return { seen: { observation, drain: { backlog, drainedAfterSeconds, limitSeconds } }, fault };
}
