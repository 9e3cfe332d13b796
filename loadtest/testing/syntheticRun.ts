import type { Phase, Results } from '../../contracts/saleResults.ts';
import { judgeClaims } from '../claims/judgeClaims.ts';
import { DOCUMENT } from '../documentNumbers.ts';
import type { Completion } from '../measuring/completions.ts';
import type { Observation } from '../measuring/phaseObservation.ts';
import { phaseOf } from '../measuring/phaseResult.ts';
import type { LoggedRequest, RequestLog } from '../measuring/requestLog.ts';
import type { FunctionCounts, SystemSample } from '../measuring/systemSampler.ts';
import { type LoadPhase, type PhasePlan, planPhases } from '../running/phasePlan.ts';
import { closed, START, settingsOf } from './syntheticSettings.ts';

/** What a made-up service is like; the defaults are those the document's formulas rest on. */
export interface Conditions {
  syncSlots?: number;
  workerBatch?: number;
  quick?: boolean;
  /** Units that are sold in a phase of their own. */
  stock?: number;
  /** Share of async orders that are answered 500. */
  failing?: number;
}

const ANSWER_SECONDS = 0.02;

const madeUp = new Map<string, Results>();

/** Results of a run that nobody ran, for tests of the claims and of the report. Each gets its own. */
export function syntheticRun(conditions: Conditions = {}): Results {
  const key = JSON.stringify(conditions);
  const results = madeUp.get(key) ?? makeUp(conditions);
  madeUp.set(key, results);
  return structuredClone(results);
}

function makeUp(conditions: Conditions): Results {
  const { quick = false } = conditions;
  const plan = planPhases({
    quick,
    users: 20,
    workers: 20,
    seconds: undefined,
    stock: conditions.stock,
  });
  const phases = syntheticPhases(plan, conditions);
  const settings = settingsOf(plan, quick);
  return {
    version: 1,
    settings,
    seconds: 412,
    phases,
    claims: judgeClaims({ settings, phases }),
    metrics: null,
    broken: null,
  };
}

function syntheticPhases(plan: PhasePlan[], conditions: Conditions): Phase[] {
  const {
    syncSlots = DOCUMENT.syncSlots,
    workerBatch = DOCUMENT.workerBatch,
    failing = 0,
  } = conditions;
  const rate = (workers: number) => (workers * workerBatch) / DOCUMENT.paymentSeconds;
  let backlog = 0;
  return plan.map((phase) => {
    if (phase.kind === 'configuration') return configurationPhase(phase);
    if (phase.kind === 'drain') return drainPhase(phase, backlog, rate(phase.workers), workerBatch);
    if (phase.way === 'sync') return closed(phaseOf(syncObservation(phase, syncSlots), null));
    const completedPerSecond = phase.way === 'direct' ? 60 : Math.min(60, rate(phase.workers ?? 1));
    if (phase.workers === 1) backlog = Math.round((60 - completedPerSecond) * phase.seconds);
    const sold = closed(
      phaseOf(asyncObservation(phase, completedPerSecond, failing, workerBatch), null),
    );
    if (phase.stock !== undefined) sold.summary.stock = soldOut(phase.stock);
    return sold;
  });
}

const soldOut = (units: number): NonNullable<Phase['summary']['stock']> => ({
  ...{ item_id: 'last-one', units, sold: units, held: 0, free: 0 },
  ...{ soldOutAfterSeconds: 4.5, refused: 900 },
});

function configurationPhase(plan: PhasePlan): Phase {
  const phase = phaseOf(
    { plan, log: null, startedAt: START, endedAt: START + 4, samples: [], completions: null },
    null,
  );
  const answer = (way: string, missing: string) => ({
    way,
    status: 503,
    detail: `Orders cannot be taken this way: ${missing} not set.`,
  });
  phase.summary.configuration = {
    answers: [answer('queued', 'SNS_TOPIC_ARN, SQS_QUEUE_URL'), answer('direct', 'SNS_TOPIC_ARN')],
    ordersStored: 0,
  };
  return phase;
}

/** A refused buyer tries again 2 s later, a served one 2 s after the payment; slots are taken as they come free. */
function syncObservation(plan: LoadPhase, slots: number): Observation {
  const requests: LoggedRequest[] = [];
  const next = Array.from({ length: plan.users }, (_, buyer) => START + buyer / plan.spawnRate);
  const busyUntil: number[] = [];
  for (let number = 0; Math.min(...next) < START + plan.seconds; number += 1) {
    const at = Math.min(...next);
    const buyer = next.indexOf(at);
    // Waits of 1 to 3 s, spread evenly by the golden ratio.
    const wait = 1 + 2 * ((number * 0.618034) % 1);
    const isServed = busyUntil.filter((until) => until > at).length < slots;
    if (isServed) busyUntil.push(at + 3.02);
    requests.push(
      isServed
        ? { at, name: 'POST /orders/sync', status: 200, ms: 3020, order_id: `sync-${number}` }
        : { at, name: 'POST /orders/sync [refused]', status: 503, ms: 6 },
    );
    next[buyer] = at + wait + (isServed ? 3.02 : 0.006);
  }
  const endedAt = START + plan.seconds + 3;
  const busyAt = (at: number) =>
    busyUntil.filter((until) => until > at && until - 3.02 <= at).length;
  const samples = systemSamples(endedAt, (at) => ({
    functions: { orderSync: stats({ concurrent: busyAt(at) }) },
  }));
  return {
    plan,
    log: logOf(requests, plan),
    startedAt: START,
    endedAt,
    samples,
    completions: null,
  };
}

function asyncObservation(
  plan: LoadPhase,
  completedPerSecond: number,
  failing: number,
  workerBatch: number,
): Observation {
  const arrivals = 20 / (0.3 + ANSWER_SECONDS);
  const requests = Array.from(
    { length: Math.floor(arrivals * plan.seconds) },
    (_, number): LoggedRequest => {
      const request = {
        at: START + number / arrivals,
        name: 'POST /orders/async',
        ms: 1000 * (ANSWER_SECONDS + ((number % 7) - 3) / 1000),
      };
      const isFailing = failing > 0 && number % Math.round(1 / failing) === 0;
      return isFailing
        ? { ...request, status: 500, error: 'unexpected status 500: <Internal>' }
        : { ...request, status: 202, order_id: `order-${number}` };
    },
  );
  const pace = Math.min(arrivals, completedPerSecond >= 60 ? arrivals : completedPerSecond);
  const endedAt = START + plan.seconds + (pace === arrivals ? 4 : 0);
  const completions = requests.flatMap(({ at }, number): Completion[] => {
    const completedAt = Math.max(at, START + number / pace) + 3.1;
    return completedAt <= endedAt
      ? [{ orderId: `order-${number}`, createdAt: at, completedAt }]
      : [];
  });
  const accepted = requests.map(({ at }) => at);
  const completed = completions.map(({ completedAt }) => completedAt);
  const running = plan.way === 'direct' ? 'topicProcessor' : 'queueWorker';
  const samples = systemSamples(endedAt, (at) => {
    const done = countUntil(completed, at);
    const depth = countUntil(accepted, at) - done;
    const inFlight = Math.min(depth, Math.round(pace * 3));
    const billed = (done * 0.765) / (plan.way === 'direct' ? 1 : workerBatch);
    const concurrent = plan.way === 'direct' ? depth : Math.ceil(inFlight / workerBatch);
    const isDirect = plan.way === 'direct';
    return {
      visible: isDirect ? 0 : depth - inFlight,
      inFlight: isDirect ? 0 : inFlight,
      functions: {
        [running]: stats({ concurrent, billedGbSeconds: billed, coldStarts: 20 }),
        orderAsync: stats({ concurrent: 2 }),
      },
    };
  });
  return { plan, log: logOf(requests, plan), startedAt: START, endedAt, samples, completions };
}

function drainPhase(
  plan: Extract<PhasePlan, { kind: 'drain' }>,
  backlog: number,
  rate: number,
  workerBatch: number,
): Phase {
  const limitSeconds = (3 * backlog) / (200 / 3);
  const needed = backlog / rate + 3;
  const endedAt = START + Math.min(needed, limitSeconds);
  const doneAt = (at: number) => Math.round(Math.min(backlog, Math.max(0, at - START - 3) * rate));
  const completions = Array.from({ length: doneAt(endedAt) }, (_, number) => ({
    orderId: `order-${number}`,
    createdAt: START - 30,
    completedAt: Math.min(endedAt, START + 3 + number / rate),
  }));
  const samples = systemSamples(endedAt, (at) => {
    const left = backlog - doneAt(at);
    const inFlight = Math.min(left, plan.workers * workerBatch);
    return {
      visible: left - inFlight,
      inFlight,
      functions: {
        queueWorker: stats({
          concurrent: inFlight > 0 ? plan.workers : 0,
          billedGbSeconds: (doneAt(at) * 0.765) / workerBatch,
          ...batchTimes(doneAt(at) / workerBatch),
        }),
      },
    };
  });
  const phase = phaseOf({ plan, log: null, startedAt: START, endedAt, samples, completions }, null);
  phase.summary.drain = {
    backlog,
    drainedAfterSeconds: needed <= limitSeconds ? needed : null,
    limitSeconds,
  };
  return closed(phase);
}

/** How many of these ascending times have passed. */
function countUntil(times: number[], at: number): number {
  const first = times.findIndex((time) => time > at);
  return first === -1 ? times.length : first;
}

const logOf = (requests: LoggedRequest[], plan: LoadPhase): RequestLog => ({
  requests,
  startedAt: START,
  endedAt: START + plan.seconds,
  cpu: Array.from({ length: plan.seconds }, (_, second) => ({ at: START + second, percent: 12 })),
});

type Moment = Partial<Pick<SystemSample, 'visible' | 'inFlight'>> & {
  functions: Record<string, FunctionCounts>;
};

const systemSamples = (endedAt: number, momentAt: (at: number) => Moment): SystemSample[] =>
  Array.from({ length: Math.ceil(endedAt - START) + 1 }, (_, second) => {
    const at = Math.min(START + second, endedAt);
    const { visible = 0, inFlight = 0, functions } = momentAt(at);
    return {
      at,
      visible,
      inFlight,
      deadLettered: 0,
      runtime: { functions, async: { waiting: 0, running: 0 } },
    };
  });

/** Batches of 3.05 s with 28 ms of CPU, at 256 MB. */
const batchTimes = (batches: number) => {
  const times = (ms: number) => ({ count: batches, sumMs: batches * ms, maxMs: ms });
  return {
    durations: times(3_050),
    cpuTimes: times(28),
    durationsAtMemory: times(3_050 + 28 * (1769 / 256 - 1)),
  };
};

const stats = (values: Partial<FunctionCounts>): FunctionCounts => ({
  concurrent: 0,
  throttles: 0,
  coldStarts: 0,
  billedGbSeconds: 0,
  ...values,
});
