import { mean, slope, sum } from '../../common/statistics.ts';
import type { Phase, RunSettings, Sample } from '../../contracts/saleResults.ts';
import { exactPlan } from '../../simulation/plan/exact/exact.ts';
import { arrivalsAt, closedLoop, type Load } from '../../simulation/plan/inputs/load.ts';
import { readPlanOptions } from '../../simulation/plan/inputs/planOptions.ts';
import type { PlanOutcome, PlanSample } from '../../simulation/plan/outcome.ts';

/** A figure that `sls plan` foresees for a phase, and the measured one. */
export interface PlannedFigure {
  label: string;
  unit: string;
  planned: number | null;
  measured: number | null;
}

const PROCESSORS = { sync: 'orderSync', queued: 'queueWorker', direct: 'topicProcessor' } as const;
/** Here every function has a whole core. */
const WHOLE_CORE_MB = '1769';

/** Of a service that the sale started itself: of others the parameters are not known. */
export async function planBeside(phase: Phase, settings: RunSettings): Promise<PlannedFigure[]> {
  const { drain, load } = phase.summary;
  if (settings.target.kind !== 'own') return [];
  if (drain !== null) return drainFigures(phase, drain, settings);
  if (load === null || phase.way === null) return [];
  const outcome = await planOf(phase, settings, loadOf(phase, load));
  return phase.way === 'sync' ? syncFigures(load, outcome) : queueFigures(phase, outcome);
}

function planOf(phase: Phase, { parameters, seed }: RunSettings, load: Load, room = {}) {
  const environment = {
    ...parameters,
    ...room,
    MEMORY_MB: WHOLE_CORE_MB,
    ...(phase.workers !== null && { WORKER_COUNT: String(phase.workers) }),
  };
  const options = { way: phase.way ?? 'queued', seed: String(seed), quota: '100000' };
  const place = { stage: 'local', region: 'us-east-1' };
  return exactPlan({ ...readPlanOptions(options, { environment, ...place }), load });
}

/** Buyers of the sync way are planned with their waits, all others as they were accepted. */
function loadOf(
  { way, samples, plannedSeconds }: Phase,
  load: NonNullable<Phase['summary']['load']>,
): Load {
  if (way === 'sync') return closedLoop(load.users, load.waitSeconds, plannedSeconds);
  return arrivalsAt(
    'the accepted orders of the phase',
    samples.flatMap(({ second, answers }) => {
      const accepted = sum(
        Object.keys(answers)
          .filter((status) => status.startsWith('2'))
          .map((status) => answers[status] ?? 0),
      );
      return Array.from({ length: accepted }, (_, index) => second + (index + 0.5) / accepted);
    }),
  );
}

const syncFigures = (
  { accepted, answered }: NonNullable<Phase['summary']['load']>,
  outcome: PlanOutcome,
): PlannedFigure[] => [
  {
    label: 'accepted',
    unit: '%',
    planned: (100 * outcome.accepted) / outcome.offered,
    measured: answered === 0 ? null : (100 * accepted) / answered,
  },
  { label: 'orders accepted', unit: '', planned: outcome.accepted, measured: accepted },
];

function queueFigures(phase: Phase, { samples, peakInFlight }: PlanOutcome): PlannedFigure[] {
  const { queue } = phase.summary;
  if (queue === null) return [];
  const key = PROCESSORS[phase.way ?? 'queued'];
  const isInside = ({ second }: { second: number }) =>
    second >= queue.fromSecond && second < queue.toSecond;
  const inside = samples.filter(isInside);
  const measured = phase.samples.filter(isInside);
  const isQueued = phase.way === 'queued';
  const until = samples.filter(({ second }) => second <= phase.seconds);
  const figure = (
    label: string,
    unit: string,
    planned: number | null,
    measured: number | null,
  ) => ({
    ...{ label, unit, planned, measured },
  });
  return [
    ...(isQueued
      ? [
          figure('queue growth', '/s', growthOf(inside), queue.growthPerSecond),
          figure(
            'peak visible',
            '',
            Math.max(0, ...until.map(({ visible }) => visible)),
            queue.peakVisible,
          ),
          figure('peak in flight', '', peakInFlight, queue.peakInFlight),
        ]
      : []),
    figure(
      'completed',
      '/s',
      mean(inside.map(({ completed }) => completed)),
      queue.completedPerSecond,
    ),
    figure(
      'executions on average',
      '',
      mean(inside.map(({ processors }) => processors)),
      meanConcurrency(measured, key),
    ),
  ];
}

const growthOf = (samples: PlanSample[]): number | null =>
  slope(samples.map(({ second, visible, inFlight }) => ({ x: second, y: visible + inFlight })));

const meanConcurrency = (samples: Sample[], key: string): number | null =>
  mean(samples.map(({ concurrency }) => concurrency[key] ?? 0));

/** The whole backlog is there at once. */
async function drainFigures(
  phase: Phase,
  { backlog, drainedAfterSeconds }: NonNullable<Phase['summary']['drain']>,
  settings: RunSettings,
): Promise<PlannedFigure[]> {
  const atOnce = arrivalsAt(
    'a backlog',
    Array.from({ length: backlog }, () => 0),
  );
  const many = String(Math.max(10_000, backlog));
  const room = { INTAKE_CONCURRENCY: '10000', THROTTLE_RATE: many, THROTTLE_BURST: many };
  const { drainSeconds, samples } = await planOf(phase, settings, atOnce, room);
  const rate = (seconds: number | null) => (seconds === null ? null : backlog / seconds);
  return [
    { label: 'drained after', unit: 's', planned: drainSeconds, measured: drainedAfterSeconds },
    {
      label: 'completed',
      unit: '/s',
      planned: rate(drainSeconds),
      measured: rate(drainedAfterSeconds),
    },
    {
      label: 'executions at most',
      unit: '',
      planned: Math.max(0, ...samples.map(({ processors }) => processors)),
      measured: phase.summary.runtime?.peakConcurrency.queueWorker ?? null,
    },
  ];
}
