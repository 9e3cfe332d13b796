import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface LatencySummary {
  count: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

const ACCEPTED = 202;

/** How long an HTTP API took to answer 202: what a buyer waits for an order to be taken. */
export class IntakeTimes {
  readonly #port: number;
  readonly #startedAt = new WeakMap<IncomingMessage, number>();
  #latenciesMs: number[] = [];

  constructor(apiUrl: string) {
    this.#port = Number(new URL(apiUrl).port);
    diagnostics.subscribe('http.server.request.start', this.#onStart);
    diagnostics.subscribe('http.server.response.finish', this.#onFinish);
  }

  /** The answers since the last call; undefined where there was none. */
  take(): LatencySummary | undefined {
    const sorted = Float64Array.from(this.#latenciesMs).sort();
    this.#latenciesMs = [];
    if (sorted.length === 0) return undefined;
    return {
      count: sorted.length,
      p50Ms: percentile(sorted, 0.5),
      p95Ms: percentile(sorted, 0.95),
      p99Ms: percentile(sorted, 0.99),
    };
  }

  stop(): void {
    diagnostics.unsubscribe('http.server.request.start', this.#onStart);
    diagnostics.unsubscribe('http.server.response.finish', this.#onFinish);
  }

  readonly #onStart = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    if (request.socket.localPort === this.#port) this.#startedAt.set(request, performance.now());
  };

  readonly #onFinish = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (response.statusCode !== ACCEPTED) return;
    const startedAt = this.#startedAt.get(request);
    if (startedAt !== undefined) this.#latenciesMs.push(performance.now() - startedAt);
  };
}

/** Nearest rank. */
const percentile = (sorted: Float64Array, share: number): number =>
  Math.round((sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0) * 10) / 10;
