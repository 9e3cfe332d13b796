export interface GatewayStats {
  inFlight: number;
  /** Since the start. */
  answers: number;
  /** Answers since the start by route key (`-` where no route matched) and status. */
  routes: Record<string, Record<string, number>>;
  /** Finished seconds with at least one answer, the oldest first. */
  seconds: SecondStats[];
}

export interface SecondStats {
  /** Epoch seconds. */
  at: number;
  answers: number;
  statuses: Record<string, number>;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

const KEPT_SECONDS = 120;

/** Counts answers; sorts a second's latencies once, when the second is over. */
export class StatsRecorder {
  inFlight = 0;
  #answers = 0;
  readonly #routes = new Map<string, Map<number, number>>();
  #seconds: SecondStats[] = [];
  #second = 0;
  #latenciesMs: number[] = [];
  #statuses = new Map<number, number>();

  answered(routeKey: string | undefined, status: number, latencyMs: number, now: number): void {
    this.#roll(now);
    this.#answers += 1;
    this.#latenciesMs.push(latencyMs);
    count(this.#statuses, status);
    const key = routeKey ?? '-';
    const statuses = this.#routes.get(key) ?? new Map<number, number>();
    count(statuses, status);
    this.#routes.set(key, statuses);
  }

  snapshot(now: number): GatewayStats {
    this.#roll(now);
    return {
      inFlight: this.inFlight,
      answers: this.#answers,
      routes: Object.fromEntries(
        [...this.#routes].map(([key, statuses]) => [key, Object.fromEntries(statuses)]),
      ),
      seconds: [...this.#seconds],
    };
  }

  #roll(now: number): void {
    const second = Math.floor(now / 1000);
    if (second === this.#second) return;
    if (this.#latenciesMs.length > 0) {
      const finished = summarize(this.#second, this.#latenciesMs, this.#statuses);
      this.#seconds = [...this.#seconds.slice(1 - KEPT_SECONDS), finished];
    }
    this.#second = second;
    this.#latenciesMs = [];
    this.#statuses = new Map();
  }
}

function summarize(at: number, latenciesMs: number[], statuses: Map<number, number>): SecondStats {
  const sorted = Float64Array.from(latenciesMs).sort();
  return {
    at,
    answers: sorted.length,
    statuses: Object.fromEntries(statuses),
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
    maxMs: percentile(sorted, 1),
  };
}

/** Nearest rank: the smallest value that `share` of all values do not exceed. */
const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

const count = (counts: Map<number, number>, status: number): void => {
  counts.set(status, (counts.get(status) ?? 0) + 1);
};
