import { max, mean, type Point, slope, spread, sum } from '../../common/statistics.ts';
import type {
  CompletionSummary,
  LoadSummary,
  QueueSummary,
  RuntimeSummary,
} from '../../contracts/saleResults.ts';
import type { LoadPhase } from '../running/phasePlan.ts';
import {
  baseline,
  busyOnly,
  countedSince,
  type Observation,
  perFunction,
  timesBetween,
} from './phaseObservation.ts';
import {
  answeredAt,
  isAccepted,
  isDeclined,
  isOrder,
  isRefused,
  type LoggedRequest,
  type RequestLog,
} from './requestLog.ts';

/** All buyers have come and every function is warm: from here on latency and arrivals are judged. */
const LOAD_SETTLES_AFTER = 5;
const FAILURES_SHOWN = 20;

/** What the buyers of a phase saw inside its window. */
export function summariseLoad(
  plan: LoadPhase,
  log: RequestLog,
  startedAt: number,
  endedAt: number,
): LoadSummary {
  // A request that failed in the end was sent inside all the same, and is not to vanish by taking long.
  const inside = log.requests.filter(
    (request) =>
      answeredAt(request) <= endedAt || (request.at <= endedAt && request.error !== undefined),
  );
  const orders = inside.filter(isOrder);
  const accepted = orders.filter(isAccepted);
  const refused = orders.filter(isRefused);
  const cpu = log.cpu.filter(({ at }) => at <= endedAt).map(({ percent }) => percent);
  return {
    kind: 'closed loop',
    users: plan.users,
    waitSeconds: [...plan.waitSeconds],
    answered: orders.length,
    accepted: accepted.length,
    refused: refused.length,
    declined: orders.filter(isDeclined).length,
    failed: orders.filter(({ error }) => error !== undefined).length,
    acceptedLatency: spread(accepted.map(({ ms }) => ms)),
    refusedLatency: spread(refused.map(({ ms }) => ms)),
    ...settledFigures(plan, log.requests, startedAt + LOAD_SETTLES_AFTER, endedAt),
    rows: rowsOf(inside),
    ...failuresOf(inside),
    cpuMeanPercent: mean(cpu),
    cpuMaxPercent: max(cpu),
  };
}

function settledFigures(plan: LoadPhase, requests: LoggedRequest[], from: number, to: number) {
  const settled = requests.filter(({ at }) => at >= from && at <= to);
  const orders = settled.filter(isOrder);
  // Look-ups go on beside the visits.
  const secondsPerVisit = sum(orders.map(({ ms }) => ms)) / 1000 / orders.length;
  const meanWait = (plan.waitSeconds[0] + plan.waitSeconds[1]) / 2;
  return {
    settledAfterSeconds: LOAD_SETTLES_AFTER,
    askedPerSecond: orders.length > 0 ? plan.users / (meanWait + secondsPerVisit) : null,
    sentPerSecond: to > from ? orders.length / (to - from) : null,
    settledLatency: spread(orders.filter(isAccepted).map(({ ms }) => ms)),
  };
}

function rowsOf(requests: LoggedRequest[]): LoadSummary['rows'] {
  const rows = Map.groupBy(requests, ({ name, status, error }) =>
    JSON.stringify([name, status, error !== undefined]),
  );
  return [...rows.values()].map((group) => {
    const { name, status, error } = group[0] as LoggedRequest;
    return {
      name,
      status,
      failed: error !== undefined,
      latency: spread(group.map(({ ms }) => ms)),
    };
  });
}

function failuresOf(requests: LoggedRequest[]): Pick<LoadSummary, 'failures' | 'failuresNotShown'> {
  const failed = requests.filter(({ error }) => error !== undefined);
  const groups = Map.groupBy(failed, ({ name, error }) => JSON.stringify([name, error]));
  const failures = [...groups.values()]
    .map((group) => ({
      name: group[0]?.name ?? '',
      message: group[0]?.error ?? '',
      count: group.length,
    }))
    .sort((a, b) => b.count - a.count);
  const shown = failures.slice(0, FAILURES_SHOWN);
  return {
    failures: shown,
    failuresNotShown: failed.length - sum(shown.map(({ count }) => count)),
  };
}

/** Growth, arrivals and completions of the queue, all over the same seconds and at the same instants. */
export function summariseQueue(
  observation: Observation,
  fromSecond: number,
  toSecond: number,
): QueueSummary | null {
  const { startedAt, samples, completions, log } = observation;
  const inside = samples.filter(
    ({ at }) => at - startedAt >= fromSecond && at - startedAt <= toSecond,
  );
  if (inside.length === 0) return null;
  const accepted = (log?.requests ?? []).filter(isAccepted).map(answeredAt);
  const whole = samples.filter(({ at }) => at >= startedAt);
  return {
    fromSecond,
    toSecond,
    growthPerSecond: slope(
      inside.map(({ at, visible, inFlight }) => ({ x: at, y: visible + inFlight })),
    ),
    arrivalsPerSecond: slope(countsAt(inside, accepted)),
    completedPerSecond:
      completions === null
        ? null
        : slope(
            countsAt(
              inside,
              completions.map(({ completedAt }) => completedAt),
            ),
          ),
    meanVisible: mean(inside.map(({ visible }) => visible)),
    peakVisible: max(whole.map(({ visible }) => visible)),
    peakInFlight: max(whole.map(({ inFlight }) => inFlight)),
    deadLettered: whole.at(-1)?.deadLettered ?? null,
  };
}

/** How many of `times` had passed at each sample. */
function countsAt(samples: { at: number }[], times: number[]): Point[] {
  const sorted = times.toSorted((a, b) => a - b);
  let passed = 0;
  return samples.map(({ at }) => {
    while (passed < sorted.length && (sorted[passed] as number) <= at) passed += 1;
    return { x: at, y: passed };
  });
}

/** null where the completions were not read. */
export function summariseCompletions({
  completions,
  startedAt,
  endedAt,
}: Observation): CompletionSummary | null {
  if (completions === null) return null;
  const inside = completions.filter(
    ({ completedAt }) => completedAt >= startedAt && completedAt <= endedAt,
  );
  return {
    count: inside.length,
    perSecond: endedAt > startedAt ? inside.length / (endedAt - startedAt) : null,
    waitSeconds: spread(inside.map(({ createdAt, completedAt }) => completedAt - createdAt)),
  };
}

/** What Lambda counted during the phase; null where it could not be asked. */
export function summariseRuntime(observation: Observation): RuntimeSummary | null {
  const after = observation.samples.at(-1);
  if (!after?.runtime) return null;
  return {
    peakConcurrency: busyOnly(peaks(observation)),
    ...countedSince(baseline(observation), after),
    times: timesBetween(baseline(observation), after),
    coldStartMs: null,
  };
}

function peaks({ samples, startedAt }: Observation): Record<string, number> {
  const peak: Record<string, number> = {};
  for (const sample of samples.filter(({ at }) => at >= startedAt)) {
    for (const [key, value] of Object.entries(
      perFunction(sample, ({ concurrent }) => concurrent),
    )) {
      peak[key] = Math.max(peak[key] ?? 0, value);
    }
  }
  return peak;
}
