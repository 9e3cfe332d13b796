import { percentile } from '../../common/statistics.ts';
import type { GatewaySecond, GatewayStats, LatencySummary } from '../../contracts/runtimeStats.ts';

const KEPT_SECONDS = 120;

/** Counts answers; sorts a second's latencies once, when the second is over. */
export class StatsRecorder {
  inFlight = 0;
  sentBytes = 0;
  readonly accessLog = { lines: 0, bytes: 0 };
  #answers = 0;
  readonly #routes = new Map<string, Map<number, number>>();
  #seconds: GatewaySecond[] = [];
  #second = 0;
  /** Of the second that runs, by status. */
  #latenciesMs = new Map<number, number[]>();

  answered(routeKey: string | undefined, status: number, latencyMs: number, now: number): void {
    this.#roll(now);
    this.#answers += 1;
    const latenciesMs = this.#latenciesMs.get(status) ?? [];
    latenciesMs.push(latencyMs);
    this.#latenciesMs.set(status, latenciesMs);
    const key = routeKey ?? '-';
    const statuses = this.#routes.get(key) ?? new Map<number, number>();
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    this.#routes.set(key, statuses);
  }

  snapshot(now: number): GatewayStats {
    this.#roll(now);
    return {
      inFlight: this.inFlight,
      answers: this.#answers,
      sentBytes: this.sentBytes,
      accessLog: { ...this.accessLog },
      routes: Object.fromEntries(
        [...this.#routes].map(([key, statuses]) => [key, Object.fromEntries(statuses)]),
      ),
      seconds: [...this.#seconds],
    };
  }

  #roll(now: number): void {
    const second = Math.floor(now / 1000);
    if (second === this.#second) return;
    if (this.#latenciesMs.size > 0) {
      const finished = secondOf(this.#second, this.#latenciesMs);
      this.#seconds = [...this.#seconds.slice(1 - KEPT_SECONDS), finished];
    }
    this.#second = second;
    this.#latenciesMs = new Map();
  }
}

const secondOf = (at: number, byStatus: Map<number, number[]>): GatewaySecond => ({
  at,
  ...summaryOf([...byStatus.values()].flat()),
  statuses: Object.fromEntries(
    [...byStatus].map(([status, latenciesMs]) => [status, summaryOf(latenciesMs)]),
  ),
});

function summaryOf(latenciesMs: number[]): LatencySummary {
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (percent: number) => percentile(sorted, percent) ?? 0;
  return { answers: sorted.length, p50Ms: at(50), p95Ms: at(95), p99Ms: at(99), maxMs: at(100) };
}
