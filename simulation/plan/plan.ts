import { coarsePlan } from './coarse/coarse.ts';
import { exactPlan } from './exact/exact.ts';
import { beginOf, offeredPerSecond } from './inputs/load.ts';
import type { PlanSettings } from './inputs/settings.ts';
import {
  billOf,
  type Fee,
  freeOrders,
  type SizeCost,
  sizesOf,
  totalDollars,
} from './model/bill.ts';
import { type Limit, limitsOf } from './model/limits.ts';
import type { PlanOutcome } from './outcome.ts';

export interface Plan {
  settings: PlanSettings;
  outcome: PlanOutcome;
  limits: Limit[];
  fees: Fee[];
  dollarsPerOrder: number | null;
  /** Orders that Lambda's monthly free tier covers. */
  freeOrders: number | null;
  sizes: SizeCost[];
  /** Where the coarse method was used: how far it is from the exact one at the begin of the same sale. */
  coarseError: CoarseError | null;
}

interface CoarseError {
  /** So much of the sale was planned both ways. */
  seconds: number;
  figures: { what: string; exact: number; coarse: number }[];
}

/** Beyond them the events of a plan take too long one by one. */
export const MOST_EXACT_ORDERS = 400_000;
const MOST_ATTEMPTS = 300_000;
const COMPARED_ORDERS = 60_000;
/** Between two attempts of an event that has waited for long, about. */
const BACK_OFF_SECONDS = 250;

/** Plans a sale: event by event where that is quick enough. */
export async function makePlan(settings: PlanSettings): Promise<Plan> {
  const coarse = isQuick(settings) ? undefined : coarsePlan(settings);
  const isExact = coarse === undefined || hasFewEvents(settings, coarse);
  const outcome = isExact ? await exactPlan(settings) : coarse;
  const coarseError = isExact ? null : await compare(settings, coarse);
  const fees = billOf(settings, outcome);
  const hasEnded = outcome.completed > 0;
  return {
    ...{ settings, outcome, coarseError, fees },
    limits: limitsOf(settings),
    dollarsPerOrder: hasEnded ? totalDollars(fees) / outcome.completed : null,
    freeOrders: hasEnded ? freeOrders(settings, outcome) : null,
    sizes: hasEnded ? sizesOf(settings, outcome) : [],
  };
}

/** Events of the direct way may be tried many times. */
const isQuick = ({ way, load, polls }: PlanSettings): boolean =>
  way !== 'direct' &&
  offeredPerSecond(load) * load.durationSeconds * (1 + polls) <= MOST_EXACT_ORDERS;

function hasFewEvents({ polls }: PlanSettings, outcome: PlanOutcome): boolean {
  const { offered, accepted } = outcome;
  return offered + accepted * polls <= MOST_EXACT_ORDERS && attemptsOf(outcome) <= MOST_ATTEMPTS;
}

/** Of events that wait for a free execution. */
const attemptsOf = ({ samples }: PlanOutcome): number =>
  samples.reduce((sum, { eventsWaiting }) => sum + eventsWaiting, 0) / BACK_OFF_SECONDS;

/** The first orders of the sale, planned both ways. */
async function compare(settings: PlanSettings, planned: PlanOutcome): Promise<CoarseError> {
  const { load } = settings;
  const share = Math.min(
    COMPARED_ORDERS / (planned.offered * (1 + settings.polls)),
    // Twice as many that wait, each for twice as long.
    Math.sqrt(MOST_ATTEMPTS / 2 / attemptsOf(planned)),
  );
  const seconds = Math.max(1, Math.round(load.durationSeconds * share));
  const shorter = { ...settings, load: beginOf(load, seconds) };
  const [exact, coarse] = [await exactPlan(shorter), coarsePlan(shorter)];
  const of = (what: string, read: (outcome: PlanOutcome) => number | null) => ({
    ...{ what, exact: read(exact) ?? 0, coarse: read(coarse) ?? 0 },
  });
  return {
    seconds,
    figures: [
      of('accepted', ({ accepted }) => accepted),
      of('peak waiting', (outcome) => outcome.peakVisible.messages + outcome.peakEventsWaiting),
      of('seconds until the last is paid', ({ drainSeconds }) => drainSeconds),
      of('p50 until paid', ({ waitSeconds }) => waitSeconds.p50),
      of('p95 until paid', ({ waitSeconds }) => waitSeconds.p95),
      of('executions of payments', ({ concurrency }) => concurrency.processors.mean),
    ],
  };
}

const MOST_WORKERS = 1000;

/** The least workers that have paid the last order so soon after it came; undefined where no number does. */
export async function leastWorkers(
  withinSeconds: number,
  settingsOf: (workers: number) => PlanSettings,
): Promise<number | undefined> {
  const suffices = ({ drainSeconds }: PlanOutcome) =>
    drainSeconds !== null && drainSeconds <= withinSeconds;
  let [low, high] = [1, MOST_WORKERS + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (suffices(coarsePlan(settingsOf(middle)))) high = middle;
    else low = middle + 1;
  }
  for (let workers = Math.max(1, low - 2); workers <= Math.min(low + 3, MOST_WORKERS); workers += 1)
    if (suffices((await makePlan(settingsOf(workers))).outcome)) return workers;
  return undefined;
}
