import { mean, spread } from '../../common/statistics.ts';
import type { RuntimeSummary, Sample } from '../../contracts/saleResults.ts';
import type { PhasePlan } from '../running/phasePlan.ts';
import type { Completion } from './completions.ts';
import {
  answeredAt,
  isAccepted,
  isOrder,
  type LoggedRequest,
  type RequestLog,
} from './requestLog.ts';
import type { FunctionCounts, SystemSample } from './systemSampler.ts';

/** Everything that was seen of one phase. Times are in seconds since 1970. */
export interface Observation {
  plan: PhasePlan;
  startedAt: number;
  endedAt: number;
  /** null for a phase without load. */
  log: RequestLog | null;
  samples: SystemSample[];
  /** null: they were not read. */
  completions: Completion[] | null;
}

const emptyLog: RequestLog = { requests: [], startedAt: null, endedAt: null, cpu: [] };

/** One sample for each second of the phase. */
export function samplesOf(observation: Observation): Sample[] {
  const { startedAt, endedAt, log, completions } = observation;
  const secondOf = (at: number) => Math.floor(at - startedAt);
  const orders = (log ?? emptyLog).requests.filter(isOrder);
  const sent = Map.groupBy(orders, ({ at }) => secondOf(at));
  const answered = Map.groupBy(orders, (order) => secondOf(answeredAt(order)));
  const completed = Map.groupBy(completions ?? [], ({ completedAt }) => secondOf(completedAt));
  const cpu = Map.groupBy((log ?? emptyLog).cpu, ({ at }) => secondOf(at));
  const before = baseline(observation);
  return Array.from({ length: Math.ceil(endedAt - startedAt) }, (_, second) => ({
    second,
    sent: sent.get(second)?.length ?? 0,
    ...answersIn(answered.get(second) ?? []),
    completed: completions === null ? null : (completed.get(second)?.length ?? 0),
    ...systemIn(atTheEndOf(second, observation), before),
    loadCpuPercent: mean((cpu.get(second) ?? []).map(({ percent }) => percent)),
  }));
}

/**
 * The latest sample of a second. The beat jitters: a second that it passed over has the one just before, which is less
 * than two intervals old.
 */
const atTheEndOf = (
  second: number,
  { samples, startedAt }: Observation,
): SystemSample | undefined =>
  samples.findLast(({ at }) => at < startedAt + second + 1 && at >= startedAt + second - 1);

function answersIn(orders: LoggedRequest[]): Pick<Sample, 'answers' | 'latency'> {
  const accepted = orders.filter(isAccepted).map(({ ms }) => ms);
  const byStatus = Map.groupBy(orders, ({ status }) => String(status));
  return {
    answers: Object.fromEntries([...byStatus].map(([status, { length }]) => [status, length])),
    latency: accepted.length > 0 ? spread(accepted) : null,
  };
}

function systemIn(sample: SystemSample | undefined, before: SystemSample | undefined) {
  return {
    visible: sample?.visible ?? null,
    inFlight: sample?.inFlight ?? null,
    deadLettered: sample?.deadLettered ?? null,
    asyncWaiting: sample?.runtime?.async.waiting ?? null,
    concurrency: busyOnly(perFunction(sample, ({ concurrent }) => concurrent)),
    ...countedSince(before, sample),
  };
}

/** What the counters stood at when the phase began. */
export const baseline = ({ samples, startedAt }: Observation): SystemSample | undefined =>
  samples.findLast(({ at }) => at <= startedAt) ?? samples[0];

/** What the functions counted between two samples. */
export const countedSince = (
  before: SystemSample | undefined,
  after: SystemSample | undefined,
) => ({
  throttles: since(before, after, ({ throttles }) => throttles),
  coldStarts: since(before, after, ({ coldStarts }) => coldStarts),
  billedGbSeconds: since(before, after, ({ billedGbSeconds }) => billedGbSeconds),
});

/** What the invocations between two samples took, of those functions that tell. */
export function timesBetween(
  before: SystemSample | undefined,
  after: SystemSample | undefined,
): RuntimeSummary['times'] {
  const sums = (of: (stats: FunctionCounts) => { sumMs: number } | undefined) =>
    since(before, after, (stats) => of(stats)?.sumMs ?? 0);
  const durations = sums((stats) => stats.durations);
  const cpuTimes = sums((stats) => stats.cpuTimes);
  const atMemory = sums((stats) => stats.durationsAtMemory);
  return Object.fromEntries(
    Object.entries(atMemory).map(([key, atMemoryMs]) => [
      key,
      { durationMs: durations[key] ?? 0, cpuMs: cpuTimes[key] ?? 0, atMemoryMs },
    ]),
  );
}

/** How far each function's counter went, of those that went on. */
function since(
  before: SystemSample | undefined,
  after: SystemSample | undefined,
  counter: (stats: FunctionCounts) => number,
): Record<string, number> {
  const start = perFunction(before, counter);
  const end = perFunction(after, counter);
  return busyOnly(
    Object.fromEntries(Object.entries(end).map(([key, value]) => [key, value - (start[key] ?? 0)])),
  );
}

export const perFunction = (
  sample: SystemSample | undefined,
  value: (stats: FunctionCounts) => number,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(sample?.runtime?.functions ?? {}).map(([key, stats]) => [key, value(stats)]),
  );

export const busyOnly = (values: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0));
