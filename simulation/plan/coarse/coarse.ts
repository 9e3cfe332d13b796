import { closedLoop } from '../../../common/statistics.ts';
import { type ClosedLoad, constantRate, type OpenLoad } from '../inputs/load.ts';
import type { PlanSettings } from '../inputs/settings.ts';
import { ASSUMED, functionTimes } from '../model/functionTimes.ts';
import { type Processing, processingOf } from '../model/processing.ts';
import { REQUESTS_PER_EXECUTION, regionLimits } from '../model/quotas.ts';
import { emptyUsage, type PlanOutcome, type PlanSample } from '../outcome.ts';
import { RunningOrders } from './runningOrders.ts';
import { WaitingLine } from './waitingLine.ts';

const STEP_SECONDS = 0.1;
/** Nothing waits longer for its end. */
const LONGEST_SECONDS = 5 * 86_400;

/**
 * Orders as a fluid, step by step: as many are taken, wait and are paid as rates and limits let. Nothing is drawn by lot, and
 * 36 million orders take as long as a thousand.
 */
export function coarsePlan(settings: PlanSettings): PlanOutcome {
  const plan = new CoarsePlan(settings);
  while (plan.goesOn) plan.step();
  return plan.outcome();
}

class CoarsePlan {
  readonly #settings: PlanSettings;
  readonly #processing: Processing;
  readonly #load: OpenLoad;
  readonly #intakeMs: number;
  /** Divides the time of a full batch. */
  readonly #stepSeconds: number;
  readonly #line: WaitingLine;
  readonly #running = new RunningOrders();
  readonly #gateway: Bucket;
  readonly #usage = emptyUsage();
  readonly #samples: PlanSample[] = [];
  readonly #refused = { throttled: 0, noConcurrency: 0, unpublished: 0 };
  readonly #peaks = { waiting: 0, waitingStep: 0, inFlight: 0, intake: 0, processors: 0 };
  readonly #busySteps = { intake: 0, processors: 0 };
  readonly #sums = { offered: 0, accepted: 0, ended: 0, dropped: 0 };
  readonly #lastStep = { accepted: 0, ended: 0 };
  #allowed: number;
  #step = 0;

  constructor(settings: PlanSettings) {
    const { sizing, load } = settings;
    this.#settings = settings;
    this.#processing = processingOf(settings);
    this.#load = load.kind === 'open' ? load : openLoad(load, this.#processing, settings);
    this.#intakeMs = settings.way === 'sync' ? 0 : functionTimes(sizing.memoryMb).intakeMs;
    const { batchSize, secondsOf, firstExecutions, longestWaitSeconds } = this.#processing;
    this.#stepSeconds = secondsOf(batchSize) / Math.ceil(secondsOf(batchSize) / STEP_SECONDS);
    this.#line = new WaitingLine(Math.ceil(longestWaitSeconds / this.#stepSeconds));
    const { ratePerSecond, burst } = sizing.throttling.intake;
    this.#gateway = new Bucket(
      Math.min(ratePerSecond, settings.gatewayRequestsPerSecond / (1 + settings.polls)),
      burst,
    );
    this.#allowed = firstExecutions;
  }

  get goesOn(): boolean {
    const isEmpty = this.#line.length === 0 && this.#running.executions === 0;
    return this.#second < LONGEST_SECONDS && (this.#isSelling || !isEmpty);
  }

  step(): void {
    this.#step += 1;
    const ended = this.#running.end(this.#step);
    const offered =
      this.#load.arrivedBy(this.#second) - this.#load.arrivedBy(this.#second - this.#stepSeconds);
    const admitted = this.#gateway.take(offered, this.#stepSeconds);
    this.#refused.throttled += offered - admitted;
    const accepted =
      this.#settings.way === 'sync' ? this.#takeSync(admitted) : this.#takeIn(admitted);
    this.#line.come(accepted);
    this.#begin(accepted);
    const dropped = this.#line.giveUp();
    this.#note({ offered, accepted, ended, dropped });
  }

  get #second(): number {
    return this.#step * this.#stepSeconds;
  }

  get #isSelling(): boolean {
    return this.#second < this.#load.durationSeconds;
  }

  /** Executions of the pool that nobody uses. */
  get #room(): number {
    return Math.max(0, this.#allowed - this.#running.executions);
  }

  #takeSync(admitted: number): number {
    const accepted = Math.min(admitted, this.#room);
    this.#refused.noConcurrency += admitted - accepted;
    return accepted;
  }

  #takeIn(admitted: number): number {
    const { sizing, quota, region } = this.#settings;
    // Without a reservation the intake has what the payments leave it.
    const executions =
      sizing.intake.reservedConcurrency ?? Math.max(0, quota - this.#running.executions);
    const perSecond = executions * Math.min(REQUESTS_PER_EXECUTION, 1000 / this.#intakeMs);
    const run = Math.min(admitted, perSecond * this.#stepSeconds);
    const published = Math.min(run, regionLimits(region).publishesPerSecond * this.#stepSeconds);
    this.#refused.noConcurrency += admitted - run;
    this.#refused.unpublished += run - published;
    this.#usage.invocations.orderAsync = (this.#usage.invocations.orderAsync ?? 0) + run;
    return published;
  }

  /** Starts as many executions as there are orders and room for. */
  #begin(accepted: number): void {
    const { batchSize, windowSeconds, secondsOf, moreASecond, mostExecutions, key } =
      this.#processing;
    const gathered = Math.max(1, this.#line.length, (accepted / this.#stepSeconds) * windowSeconds);
    const batch = Math.min(batchSize, gathered);
    const orders = Math.min(this.#line.length, this.#room * batch);
    const executions = orders / batch;
    if (this.#room <= executions)
      this.#allowed = Math.min(mostExecutions, this.#allowed + moreASecond * this.#stepSeconds);
    this.#line.leave(orders);
    if (orders === 0) return;
    const seconds = secondsOf(batch);
    this.#running.begin(
      executions,
      orders,
      this.#step + Math.max(1, Math.round(seconds / this.#stepSeconds)),
    );
    const { invocations, billedMs } = this.#usage;
    invocations[key] = (invocations[key] ?? 0) + executions;
    billedMs[key] = (billedMs[key] ?? 0) + executions * seconds * 1000;
  }

  #note(flow: { offered: number; accepted: number; ended: number; dropped: number }): void {
    for (const name of ['offered', 'accepted', 'ended', 'dropped'] as const)
      this.#sums[name] += flow[name];
    if (flow.accepted > 0) this.#lastStep.accepted = this.#step;
    if (flow.ended + flow.dropped > 0) this.#lastStep.ended = this.#step;
    const waiting = this.#line.length;
    const intake = (flow.accepted / this.#stepSeconds) * (this.#intakeMs / 1000);
    const peaks = this.#peaks;
    if (waiting > peaks.waiting) Object.assign(peaks, { waiting, waitingStep: this.#step });
    peaks.inFlight = Math.max(peaks.inFlight, this.#running.orders);
    peaks.processors = Math.max(peaks.processors, this.#running.executions);
    peaks.intake = Math.max(peaks.intake, intake);
    if (this.#isSelling) {
      this.#busySteps.intake += intake;
      this.#busySteps.processors += this.#running.executions;
    }
    this.#sample(flow, waiting);
  }

  #sample(flow: { offered: number; accepted: number; ended: number }, waiting: number): void {
    const second = Math.floor(this.#second - this.#stepSeconds / 2);
    for (let next = this.#samples.length; next <= second; next += 1)
      this.#samples.push({
        second: next,
        offered: 0,
        accepted: 0,
        completed: 0,
        visible: 0,
        inFlight: 0,
        eventsWaiting: 0,
        processors: 0,
      });
    const sample = this.#samples[second] as PlanSample;
    sample.offered += flow.offered;
    sample.accepted += flow.accepted;
    sample.completed += flow.ended;
    const { orders, executions } = this.#running;
    const isQueued = this.#settings.way === 'queued';
    Object.assign(sample, {
      processors: executions,
      ...(isQueued ? { visible: waiting, inFlight: orders } : { eventsWaiting: waiting }),
    });
  }

  outcome(): PlanOutcome {
    const { way, faults } = this.#settings;
    const { offered, accepted, ended, dropped } = this.#sums;
    const peaks = this.#peaks;
    const isQueued = way === 'queued';
    const unfinished = this.#line.length + this.#running.orders;
    const sellingSteps = Math.max(1, this.#load.durationSeconds / this.#stepSeconds);
    return {
      method: 'coarse',
      ...{ offered, accepted, refused: this.#refused, dropped, unfinished },
      completed: ended * (1 - faults.decline),
      declined: ended * faults.decline,
      peakVisible: {
        messages: isQueued ? peaks.waiting : 0,
        second: isQueued ? peaks.waitingStep * this.#stepSeconds : 0,
      },
      peakInFlight: isQueued ? peaks.inFlight : 0,
      peakEventsWaiting: isQueued ? 0 : peaks.waiting,
      lastAcceptedSecond: this.#lastStep.accepted * this.#stepSeconds,
      drainSeconds:
        unfinished > 0
          ? null
          : (this.#lastStep.ended - this.#lastStep.accepted) * this.#stepSeconds,
      waitSeconds: this.#waits(),
      concurrency: {
        intake: { mean: this.#busySteps.intake / sellingSteps, peak: peaks.intake },
        processors: { mean: this.#busySteps.processors / sellingSteps, peak: peaks.processors },
      },
      throttles: null,
      coldStarts: peaks.processors,
      usage: this.#finalUsage(),
      samples: this.#samples,
    };
  }

  /** In the line, until the batch is full, then the payment: where the line is short, its own spread is the longer one. */
  #waits(): PlanOutcome['waitSeconds'] {
    const { payment, sizing, way } = this.#settings;
    const { batchSize, windowSeconds } = this.#processing;
    const perSecond = this.#sums.accepted / this.#load.durationSeconds;
    const gatheringSeconds = Math.min(windowSeconds, batchSize / perSecond);
    const [p50 = 0, p95 = 0, max = 0] = this.#line
      .percentiles([50, 95, 100])
      .map((steps) => steps * this.#stepSeconds);
    const handling = way === 'sync' ? 0 : ASSUMED.deliveryMs / 1000;
    const own =
      handling + (((batchSize + 3) / 4) * functionTimes(sizing.memoryMb, way).orderMs) / 1000;
    const paid = (share: number) => own + gatheringSeconds * share + payment.quantile(share);
    return {
      p50: p50 + paid(0.5),
      p95: Math.max(p95 + paid(0.5), p50 + paid(0.95)),
      max: max + paid(0.999),
    };
  }

  #finalUsage() {
    const { way, polls, sizing } = this.#settings;
    const { accepted, offered } = this.#sums;
    const { statusMs } = functionTimes(sizing.memoryMb);
    const { invocations, billedMs } = this.#usage;
    const looked = polls * accepted;
    if (invocations.orderAsync !== undefined)
      billedMs.orderAsync = invocations.orderAsync * this.#intakeMs;
    if (looked > 0) Object.assign(invocations, { orderStatus: looked });
    if (looked > 0) Object.assign(billedMs, { orderStatus: looked * statusMs });
    const batches = invocations.queueWorker ?? 0;
    const calls = batches * Math.max(1, Math.ceil(sizing.workers.batchSize / 10));
    return {
      ...this.#usage,
      apiRequests: offered + looked,
      publishes: way === 'sync' ? 0 : accepted,
      queueSends: way === 'queued' ? accepted : 0,
      queueReceives: calls,
      queueDeletes: calls,
    };
  }
}

/** What the gateway lets through in a step. */
class Bucket {
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;

  constructor(perSecond: number, most: number) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#tokens = most;
  }

  take(wanted: number, seconds: number): number {
    const there = this.#tokens + this.#perSecond * seconds;
    const taken = Math.min(wanted, there);
    this.#tokens = Math.min(this.#most, there - taken);
    return taken;
  }
}

/** The rate that buyers of a closed loop come to; of a sync way by Engset's formula. */
function openLoad(
  { buyers, waitSeconds, durationSeconds }: ClosedLoad,
  { secondsOf, mostExecutions }: Processing,
  { way, sizing }: PlanSettings,
): OpenLoad {
  const wait = (waitSeconds[0] + waitSeconds[1]) / 2;
  const { servedShare } = closedLoop(buyers, mostExecutions, secondsOf(1), wait);
  const answerSeconds =
    way === 'sync' ? servedShare * secondsOf(1) : functionTimes(sizing.memoryMb).intakeMs / 1000;
  return constantRate(buyers / (wait + answerSeconds), durationSeconds);
}
