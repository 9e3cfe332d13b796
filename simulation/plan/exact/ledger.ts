import { percentile } from '../../../common/statistics.ts';
import type { PlanOutcome, PlanSample } from '../outcome.ts';

export type OrderEnd = 'completed' | 'declined' | 'dropped';

interface Gauges {
  visible: number;
  inFlight: number;
  eventsWaiting: number;
  processors: number;
  intake: number;
}

/** What the buyers and the clock saw of a plan, second by second. Times are milliseconds. */
export class Ledger {
  readonly refused = { throttled: 0, noConcurrency: 0, unpublished: 0 };
  readonly ended: Record<OrderEnd, number> = { completed: 0, declined: 0, dropped: 0 };
  readonly #samples: PlanSample[] = [];
  readonly #acceptedMs: number[] = [];
  readonly #waitsMs: number[] = [];
  readonly #isEnded: boolean[] = [];
  readonly #sums = { intake: 0, processors: 0, seconds: 0 };
  readonly #peaks = {
    visible: 0,
    visibleAtMs: 0,
    inFlight: 0,
    eventsWaiting: 0,
    intake: 0,
    processors: 0,
  };
  #offered = 0;
  #lastEndMs = 0;

  get accepted(): number {
    return this.#acceptedMs.length;
  }

  get open(): number {
    const { completed, declined, dropped } = this.ended;
    return this.accepted - completed - declined - dropped;
  }

  offer(nowMs: number): void {
    this.#offered += 1;
    this.#second(nowMs).offered += 1;
  }

  /** An order that was offered then does not count. */
  forget(offeredMs: number): void {
    this.#offered -= 1;
    this.#second(offeredMs).offered -= 1;
  }

  /** The order's number. */
  accept(nowMs: number): number {
    this.#second(nowMs).accepted += 1;
    return this.#acceptedMs.push(nowMs) - 1;
  }

  /** The first end counts: a message may come twice. */
  end(order: number, end: OrderEnd, atMs: number): void {
    if (this.#isEnded[order]) return;
    this.#isEnded[order] = true;
    this.ended[end] += 1;
    this.#lastEndMs = Math.max(this.#lastEndMs, atMs);
    if (end === 'dropped') return;
    this.#second(atMs).completed += 1;
    this.#waitsMs.push(atMs - (this.#acceptedMs[order] ?? atMs));
  }

  /** As it stands at this moment; `isSecond` at the end of each second, `isSelling` while orders come. */
  observe(nowMs: number, gauges: Gauges, isSecond: boolean, isSelling: boolean): void {
    const peaks = this.#peaks;
    if (gauges.visible > peaks.visible) peaks.visibleAtMs = nowMs;
    for (const name of Object.keys(gauges) as (keyof Gauges)[])
      peaks[name] = Math.max(peaks[name], gauges[name]);
    if (!isSecond) return;
    const { intake, ...shown } = gauges;
    Object.assign(this.#second(nowMs - 1), shown);
    if (!isSelling) return;
    this.#sums.seconds += 1;
    this.#sums.intake += intake;
    this.#sums.processors += gauges.processors;
  }

  outcome(): Omit<PlanOutcome, 'method' | 'usage' | 'throttles' | 'coldStarts'> {
    const peaks = this.#peaks;
    const lastAcceptedMs = this.#acceptedMs.at(-1) ?? 0;
    const waits = Float64Array.from(this.#waitsMs, (ms) => ms / 1000).sort();
    const seconds = Math.max(1, this.#sums.seconds);
    return {
      offered: this.#offered,
      accepted: this.accepted,
      refused: this.refused,
      ...this.ended,
      unfinished: this.open,
      peakVisible: { messages: peaks.visible, second: peaks.visibleAtMs / 1000 },
      peakInFlight: peaks.inFlight,
      peakEventsWaiting: peaks.eventsWaiting,
      lastAcceptedSecond: lastAcceptedMs / 1000,
      drainSeconds: this.open > 0 ? null : Math.max(0, this.#lastEndMs - lastAcceptedMs) / 1000,
      waitSeconds: {
        p50: percentile(waits, 50),
        p95: percentile(waits, 95),
        max: waits.at(-1) ?? null,
      },
      concurrency: {
        intake: { mean: this.#sums.intake / seconds, peak: peaks.intake },
        processors: { mean: this.#sums.processors / seconds, peak: peaks.processors },
      },
      samples: this.#samples,
    };
  }

  #second(ms: number): PlanSample {
    const second = Math.max(0, Math.floor(ms / 1000));
    for (let next = this.#samples.length; next <= second; next += 1)
      this.#samples.push(emptySample(next));
    return this.#samples[second] as PlanSample;
  }
}

const emptySample = (second: number): PlanSample => ({
  ...{ second, offered: 0, accepted: 0, completed: 0 },
  ...{ visible: 0, inFlight: 0, eventsWaiting: 0, processors: 0 },
});
