import { max } from '../../common/statistics.ts';
import type { Phase } from '../../contracts/saleResults.ts';
import type { PhasePlan } from '../running/phasePlan.ts';
import { type Observation, samplesOf } from './phaseObservation.ts';
import {
  summariseCompletions,
  summariseLoad,
  summariseQueue,
  summariseRuntime,
} from './phaseSummary.ts';
import { answeredAt } from './requestLog.ts';

/** A phase as `results.json` keeps it, its books still open. */
export function phaseOf(observation: Observation, note: string | null): Phase {
  const { plan, startedAt, endedAt } = observation;
  const runtime = summariseRuntime(observation);
  const hasQueue = plan.kind === 'drain' || (plan.kind === 'load' && plan.way !== 'sync');
  return {
    ...headOf(plan, new Date(startedAt * 1000), note),
    seconds: endedAt - startedAt,
    samples: samplesOf(observation),
    summary: {
      ...nothingMeasured,
      runtime,
      load: loadOf(observation),
      queue: hasQueue ? queueOf(observation) : null,
      completion: hasQueue ? summariseCompletions(observation) : null,
    },
    books: null,
  };
}

/** A phase that was not run, and why. */
export const skippedPhase = (plan: PhasePlan, note: string): Phase => ({
  ...headOf(plan, new Date(), note),
  seconds: 0,
  samples: [],
  summary: { ...nothingMeasured },
  books: null,
});

const nothingMeasured: Phase['summary'] = {
  load: null,
  queue: null,
  drain: null,
  completion: null,
  runtime: null,
  configuration: null,
  stock: null,
};

function headOf(plan: PhasePlan, startedAt: Date, note: string | null) {
  return {
    id: plan.id,
    name: plan.name,
    way: plan.kind === 'load' ? plan.way : plan.kind === 'drain' ? ('queued' as const) : null,
    startedAt: startedAt.toISOString(),
    plannedSeconds: plan.seconds,
    workers: 'workers' in plan ? (plan.workers ?? null) : null,
    note,
  };
}

/** The load counts from its first buyer to its planned end; broken off earlier, to its last answer. */
function loadOf({ plan, log, startedAt }: Observation): Phase['summary']['load'] {
  if (plan.kind !== 'load' || log === null || log.startedAt === null) return null;
  const endedAt = log.endedAt ?? max([startedAt, ...log.requests.map(answeredAt)]) ?? startedAt;
  return summariseLoad(plan, log, startedAt, Math.min(startedAt + plan.seconds, endedAt));
}

function queueOf(observation: Observation): Phase['summary']['queue'] {
  const { plan, startedAt, endedAt } = observation;
  if (plan.kind === 'load')
    return summariseQueue(observation, plan.queueSettlesAfter, plan.seconds);
  return summariseQueue(observation, 0, endedAt - startedAt);
}
