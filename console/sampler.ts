import {
  type FunctionStats,
  type GatewaySecond,
  type GatewayStats,
  type LambdaStats,
  latencySummarySchema,
} from '../contracts/runtimeStats.ts';
import type { Sample } from '../contracts/sample.ts';
import type { History } from './history.ts';
import type { OpenPanels } from './servicePanels.ts';

export interface SampleSources {
  lambda: { snapshot: () => LambdaStats };
  gateway: { stats: () => GatewayStats } | undefined;
  /** Depths by queue name. */
  queueDepths: () => Promise<Sample['queues']>;
  /** What the service's panels add. */
  figures: OpenPanels['figures'];
  now?: () => number;
}

/** Takes samples: each tells what happened since the one before. */
export class Sampler {
  readonly #sources: SampleSources;
  #before: { at: number; stats: LambdaStats };
  /** The latest second of the gateway that a sample told. */
  #toldSecond = 0;

  constructor(sources: SampleSources) {
    this.#sources = sources;
    this.#before = this.#look();
  }

  async take(): Promise<Sample & Record<string, unknown>> {
    const queues = await this.#sources.queueDepths();
    const before = this.#before;
    const now = this.#look();
    this.#before = now;
    const second = this.#lastSecond();
    return {
      at: now.at,
      seconds: (now.at - before.at) / 1000,
      queues,
      ...lambdaState(before.stats, now.stats),
      latency: second ? latencySummarySchema.parse(second) : null,
      ...this.#sources.figures(now.stats, second),
    };
  }

  #look() {
    const { lambda, now = Date.now } = this.#sources;
    return { at: now(), stats: lambda.snapshot() };
  }

  #lastSecond(): GatewaySecond | undefined {
    const second = this.#sources.gateway?.stats().seconds.at(-1);
    if (!second || second.at <= this.#toldSecond) return undefined;
    this.#toldSecond = second.at;
    return second;
  }
}

const INTERVAL_MS = 1000;

/** Records a sample every second, on the beat of the clock, until it is stopped. */
export function recordSamples(sampler: Sampler, history: History): () => void {
  let isTaking = false;
  const timer = setInterval(async () => {
    if (isTaking) return;
    isTaking = true;
    try {
      const sample = await sampler.take();
      history.add({ id: sample.at, json: JSON.stringify(sample) });
    } catch {
      // A queue that cannot be asked shows as a gap: the page says that nothing comes.
    } finally {
      isTaking = false;
    }
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}

function lambdaState(
  before: LambdaStats,
  { functions, accountQuota, unreserved, async }: LambdaStats,
): Pick<Sample, 'functions' | 'account' | 'events'> {
  const events = Object.values(async);
  const stateOf = (key: string, stats: FunctionStats) => ({
    running: stats.concurrent,
    limit: stats.reserved ?? unreserved.limit,
    coldStarts: stats.coldStarts - (before.functions[key]?.coldStarts ?? 0),
    throttled: stats.throttles - (before.functions[key]?.throttles ?? 0),
  });
  return {
    functions: Object.fromEntries(
      Object.entries(functions).map(([key, stats]) => [key, stateOf(key, stats)]),
    ),
    account: {
      running: sum(Object.values(functions).map(({ concurrent }) => concurrent)),
      limit: accountQuota,
      unreserved,
    },
    events: {
      waiting: sum(events.map(({ waiting }) => waiting)),
      running: sum(events.map(({ running }) => running)),
    },
  };
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
