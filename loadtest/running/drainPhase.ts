import type { Phase } from '../../contracts/saleResults.ts';
import type { Stage } from '../../ops/stage.ts';
import { setWorkerCount } from '../../ops/workers/workers.ts';
import { workerRate } from '../documentNumbers.ts';
import type { Observation } from '../measuring/phaseObservation.ts';
import { untilEmpty } from './loadPhase.ts';
import type { DrainPhase } from './phasePlan.ts';
import { type RunContext, sampleOnce, whileSampled } from './runContext.ts';

/** A pool that needs longer than this times the formula is too slow, and is not waited for. */
const LIMIT_FACTOR = 3;
const LEAST_LIMIT_SECONDS = 10;

interface Drained {
  observation: Omit<Observation, 'completions'>;
  drain: NonNullable<Phase['summary']['drain']>;
  fault: Error | null;
}

/** Raises the workers on the backlog and waits until it is worked off, without load. */
export async function runDrain(
  context: RunContext,
  stage: Stage,
  plan: DrainPhase,
): Promise<Drained> {
  const before = await sampleOnce(stage, context.signal);
  const backlog = before.visible + before.inFlight;
  const limitSeconds = Math.max(
    LEAST_LIMIT_SECONDS,
    (LIMIT_FACTOR * backlog) / workerRate(plan.workers),
  );
  const { startedAt, endedAt, fault, ...sampled } = await whileSampled(
    context,
    plan.name,
    async (signal) => {
      await setWorkerCount(stage, plan.workers);
      return untilEmpty(context, 'queued', signal, limitSeconds);
    },
  );
  // What was billed is counted from before the phase: a sampler's first answer comes after its start.
  const samples = [before, ...sampled.samples];
  const drainedAfterSeconds = sampled.result ? endedAt - startedAt : null;
  return {
    observation: { plan, log: null, startedAt, endedAt, samples },
    drain: { backlog, drainedAfterSeconds, limitSeconds },
    fault,
  };
}
