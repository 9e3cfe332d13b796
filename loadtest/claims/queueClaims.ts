import type { Phase, QueueSummary } from '../../contracts/saleResults.ts';
import { DOCUMENT, PHASE, workerRate } from '../documentNumbers.ts';
import {
  around,
  type Check,
  type ClaimRule,
  inRange,
  type LoadFigures,
  loadsOf,
  type Measurements,
  ofAll,
  wholePhase,
} from './claimRule.ts';
import { onLambda } from './onLambda.ts';

const ANSWER_P95_MS = 100;
const DRAIN_FACTOR = 1.1;
const DRAIN_ALLOWANCE_SECONDS = 5;
/** A pool that keeps up completes what arrives. */
const STEADY_TOLERANCE = 0.03;
/** In a shorter window the orders that gathered while the pool started, and are worked off, outweigh the tolerance. */
const LEAST_STEADY_SECONDS = 30;
const MEAN_VISIBLE = 90;
/** What the document says twenty workers process a second. */
const DOCUMENT_RATE = 20;

export const acceptedAtOnce: ClaimRule = {
  id: 3,
  document: 'Async: 202 in under 100 ms, 100 % of 60 orders/s',
  formula: 'N users who wait 0.1 to 0.5 s send N/(0.3 s + latency)',
  mechanism: 'Intake writes and publishes the order and leaves the payment to others.',
  phases: [PHASE.oneWorker, PHASE.manyWorkers],
  unmeasured: 'Neither phase 3 nor 5b was run.',
  checks: (run) =>
    loadsOf(run, [PHASE.oneWorker, PHASE.manyWorkers]).flatMap(({ load, phase }) =>
      intakeChecks(load, phase),
    ),
};

/** What any way of answering 202 at once has to show. */
export function intakeChecks(load: LoadFigures, { id }: Phase): Check[] {
  const asked = load.askedPerSecond ?? 0;
  const percent = load.answered === 0 ? null : (load.accepted / load.answered) * 100;
  return [
    inRange(`accepted in phase ${id}`, percent, { least: 100, most: 100, unit: ' %' }),
    inRange(`arrivals in phase ${id}`, load.sentPerSecond, {
      ...around(asked, 0.05),
      unit: '/s',
      isSpeed: true,
    }),
    inRange(`p95 in phase ${id} from ${load.settledAfterSeconds} s on`, load.settledLatency.p95, {
      most: ANSWER_P95_MS,
      digits: 0,
      unit: ' ms',
      beside: ofAll(load.settledLatency),
      isSpeed: true,
    }),
  ];
}

export const oneWorker: ClaimRule = {
  id: 4,
  document: 'One worker: the queue grows rapidly',
  formula: `growth = arrivals - ${DOCUMENT.workerBatch}/${DOCUMENT.paymentSeconds} s`,
  mechanism: 'One worker takes ten payments at a time, 3.3 a second; all else stays in the queue.',
  phases: [PHASE.oneWorker],
  unmeasured: 'Phase 3 was not run.',
  checks: (run) =>
    queuesOf(run, PHASE.oneWorker).flatMap((queue) =>
      growthChecks(queue, run.settings.quick ? 0.05 : 0.03),
    ),
};

function growthChecks(
  { arrivalsPerSecond, growthPerSecond, fromSecond, toSecond }: QueueSummary,
  tolerance: number,
): Check[] {
  const expected = (arrivalsPerSecond ?? 0) - workerRate(1);
  return [
    inRange(`growth from ${fromSecond} to ${toSecond} s`, growthPerSecond, {
      ...around(expected, tolerance),
      digits: 2,
      unit: '/s',
      beside: atArrivals(arrivalsPerSecond),
    }),
  ];
}

const atArrivals = (perSecond: number | null): string =>
  ` at ${(perSecond ?? 0).toFixed(1)} arrivals/s`;

export const manyWorkers: ClaimRule = {
  id: 5,
  document: 'Twenty workers: the queue stays near zero',
  formula: `N workers x ${DOCUMENT.workerBatch} / ${DOCUMENT.paymentSeconds} s; 20 workers: 66.7/s`,
  mechanism: 'Each worker pays its batch of ten in parallel, so the pool is faster than the sale.',
  phases: [PHASE.drain, PHASE.manyWorkers],
  unmeasured:
    'Neither phase 5a was run nor 5b for 40 s or more; in less, what gathered at its start is still being worked off.',
  checks: (run) => [...drainChecks(run), ...steadyChecks(run)],
  onLambda: (run) => {
    const worker = onLambda(run);
    if (worker === undefined) return [];
    const { phase, stretch, cpuMsPerOrder, ordersPerSecond } = worker;
    const workers = phase.workers ?? run.settings.workers;
    return [
      `On Lambda the share of a core that comes with the memory size makes ${cpuMsPerOrder.toFixed(1)} ms of CPU an order a batch that takes up to ${((stretch - 1) * 100).toFixed(1)} % longer: there ${workers} workers carry at least ${(workers * ordersPerSecond).toFixed(1)} orders/s.`,
    ];
  },
};

function drainChecks(run: Measurements): Check[] {
  const drain = wholePhase(run, PHASE.drain)?.summary.drain;
  if (!drain) return [];
  const most =
    (DRAIN_FACTOR * drain.backlog) / workerRate(run.settings.workers) + DRAIN_ALLOWANCE_SECONDS;
  const beside = ` for ${drain.backlog} orders`;
  const what = 'backlog of phase 3 drained after';
  const check = inRange(what, drain.drainedAfterSeconds, { most, unit: ' s', beside });
  return [
    drain.drainedAfterSeconds === null
      ? { ...check, measured: `still waiting after ${drain.limitSeconds.toFixed(0)} s${beside}` }
      : check,
  ];
}

function steadyChecks(run: Measurements): Check[] {
  const queues = queuesOf(run, PHASE.manyWorkers).filter(
    ({ fromSecond, toSecond }) => toSecond - fromSecond >= LEAST_STEADY_SECONDS,
  );
  return queues.flatMap((queue) => [
    inRange(`completed a second from ${queue.fromSecond} s on`, queue.completedPerSecond, {
      ...around(queue.arrivalsPerSecond ?? 0, STEADY_TOLERANCE),
      unit: '/s',
      beside: atArrivals(queue.arrivalsPerSecond),
    }),
    inRange('mean visible in the queue', queue.meanVisible, { most: MEAN_VISIBLE, digits: 0 }),
  ]);
}

const queuesOf = (run: Measurements, id: string): QueueSummary[] => {
  const phase = wholePhase(run, id);
  return phase?.summary.queue ? [phase.summary.queue] : [];
};

/** Claim 6 is not expected to hold: no mechanism gives 20 a second when 60 are offered. */
export const processingRate: ClaimRule = {
  id: 6,
  document: 'Twenty workers: about 20 orders/s',
  formula: '20 x 1 / 3 s = 6.7/s; 20 x 10 / 3 s = 66.7/s',
  mechanism: 'The workers completed about 20 orders a second.',
  phases: [PHASE.drain, PHASE.manyWorkers],
  unmeasured: 'Neither phase 5a nor 5b was run.',
  checks: (run) => {
    const drained = wholePhase(run, PHASE.drain)?.summary.completion?.perSecond ?? null;
    const steady = wholePhase(run, PHASE.manyWorkers)?.summary.queue?.completedPerSecond ?? null;
    return [...rateCheck('draining a backlog', drained), ...rateCheck('under the sale', steady)];
  },
  conclude: (checks) => ({
    shouldHold: false,
    expected: '6.7/s one at a time, 66.7/s in batches, 20/s only where 20/s are offered',
    ...(checks.some(({ passed }) => !passed) && {
      verdict: 'does not follow',
      why: 'Workers that keep up with 60 orders/s complete 60 a second; workers that pay one at a time complete 6.7.',
    }),
  }),
};

function rateCheck(when: string, perSecond: number | null): Check[] {
  if (perSecond === null) return [];
  const range = { ...around(DOCUMENT_RATE, 0.1), unit: '/s' };
  return [inRange(`completed a second, ${when}`, perSecond, range)];
}
