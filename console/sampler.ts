import type { LambdaStats } from '../contracts/runtimeStats.ts';
import { WAYS } from '../lib/domain/order.ts';
import { COLD_START, METRIC } from '../lib/platform/metricNames.ts';
import type { History } from './history.ts';
import type { IntakeTimes } from './intakeTimes.ts';
import type { MetricBook } from './metricBook.ts';
import { type ByWay, noOrders, type Sample } from './sample.ts';

export interface SampleSources {
  metrics: MetricBook;
  intake: Pick<IntakeTimes, 'take'>;
  lambda: { snapshot: () => LambdaStats };
  /** Depths by queue name. */
  queueDepths: () => Promise<Sample['queues']>;
  now?: () => number;
}

type OrderCount =
  | 'accepted'
  | 'completed'
  | 'declined'
  | 'cancelled'
  | 'refused'
  | 'attemptsFailed';

const COUNTERS: Record<OrderCount, string> = {
  accepted: METRIC.orderAccepted,
  completed: METRIC.orderCompleted,
  declined: METRIC.orderDeclined,
  cancelled: METRIC.orderCancelled,
  refused: METRIC.orderRefused,
  attemptsFailed: METRIC.orderAttemptFailed,
};

interface Totals {
  at: number;
  orders: Record<OrderCount, ByWay>;
  completion: Record<string, { count: number; sum: number }>;
  coldStarts: Record<string, { sum: number }>;
  lambda: LambdaStats;
}

/** Takes samples: each tells what happened since the one before. */
export class Sampler {
  readonly #sources: SampleSources;
  #before: Totals;

  constructor(sources: SampleSources) {
    this.#sources = sources;
    this.#before = this.#totals();
  }

  async take(): Promise<Sample> {
    const queues = await this.#sources.queueDepths();
    const before = this.#before;
    const now = this.#totals();
    this.#before = now;
    const counts = Object.fromEntries(
      Object.entries(now.orders).map(([name, totals]) => [
        name,
        grown(before.orders[name as OrderCount], totals),
      ]),
    ) as Record<OrderCount, ByWay>;
    return {
      at: now.at,
      seconds: (now.at - before.at) / 1000,
      ...counts,
      completionMs: meanGrowth(before.completion, now.completion),
      queues,
      ...lambdaState(before, now),
      intake: this.#sources.intake.take() ?? null,
    };
  }

  #totals(): Totals {
    const { metrics, now = Date.now } = this.#sources;
    const orders = Object.entries(COUNTERS).map(([name, metric]) => {
      const totals = noOrders();
      const found = metrics.by('way', metric);
      for (const way of WAYS) totals[way] = found[way]?.sum ?? 0;
      return [name, totals];
    });
    return {
      at: now(),
      orders: Object.fromEntries(orders) as Totals['orders'],
      completion: metrics.by('way', METRIC.acceptanceToCompletion),
      coldStarts: metrics.by('function_name', COLD_START),
      lambda: this.#sources.lambda.snapshot(),
    };
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

const grown = (before: ByWay, after: ByWay): ByWay => ({
  sync: after.sync - before.sync,
  queued: after.queued - before.queued,
  direct: after.direct - before.direct,
});

function meanGrowth(
  before: Totals['completion'],
  after: Totals['completion'],
): Sample['completionMs'] {
  const means = Object.entries(after).flatMap(([way, { count, sum }]) => {
    const old = before[way] ?? { count: 0, sum: 0 };
    return count > old.count ? [[way, Math.round((sum - old.sum) / (count - old.count))]] : [];
  });
  return Object.fromEntries(means);
}

function lambdaState(
  before: Totals,
  now: Totals,
): Pick<Sample, 'functions' | 'account' | 'mapping' | 'events'> {
  const { functions, accountQuota, unreserved, mappings, async } = now.lambda;
  const entries = Object.entries(functions);
  const [mapping] = mappings;
  const events = Object.values(async);
  return {
    functions: Object.fromEntries(
      entries.map(([key, { name, concurrent, reserved, throttles }]) => [
        key,
        {
          running: concurrent,
          limit: reserved ?? unreserved.limit,
          coldStarts: (now.coldStarts[name]?.sum ?? 0) - (before.coldStarts[name]?.sum ?? 0),
          throttled: throttles - (before.lambda.functions[key]?.throttles ?? 0),
        },
      ]),
    ),
    account: {
      running: sum(entries.map(([, { concurrent }]) => concurrent)),
      limit: accountQuota,
      unreserved,
    },
    mapping: mapping
      ? {
          enabled: mapping.enabled,
          maximum: mapping.maximumConcurrency ?? null,
          batchSize: mapping.batchSize,
          running: mapping.running,
        }
      : null,
    events: {
      waiting: sum(events.map(({ waiting }) => waiting)),
      running: sum(events.map(({ running }) => running)),
    },
  };
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
