import {
  type ByWay,
  byWay,
  type OrderCount,
  type OrderCounts,
  type OrderFigures,
} from '../../contracts/orderSample.ts';
import type { GatewaySecond, LambdaStats } from '../../contracts/runtimeStats.ts';
import { METRIC } from '../../lib/platform/metricNames.ts';
import type { MetricBook } from '../metricBook.ts';

const ACCEPTED_STATUS = 202;

const COUNTERS: Record<OrderCount, string> = {
  accepted: METRIC.orderAccepted,
  completed: METRIC.orderCompleted,
  declined: METRIC.orderDeclined,
  cancelled: METRIC.orderCancelled,
  refused: METRIC.orderRefused,
  attemptsFailed: METRIC.orderAttemptFailed,
};

interface Totals {
  orders: OrderCounts;
  completion: ReturnType<MetricBook['by']>;
  promises: OrderFigures['promises'];
}

/** What happened to orders since the last look, from the metrics that the functions wrote. */
export class OrderFigureBook {
  readonly #metrics: MetricBook;
  #before: Totals;

  constructor(metrics: MetricBook) {
    this.#metrics = metrics;
    this.#before = this.#totals();
  }

  take({ mappings: [mapping] }: LambdaStats, second: GatewaySecond | undefined): OrderFigures {
    const before = this.#before;
    const now = this.#totals();
    this.#before = now;
    return {
      ...eachCount((count) => byWay((way) => now.orders[count][way] - before.orders[count][way])),
      completionMs: meanGrowth(before.completion, now.completion),
      promises: {
        ended: now.promises.ended - before.promises.ended,
        kept: now.promises.kept - before.promises.kept,
      },
      mapping: mapping
        ? {
            enabled: mapping.enabled,
            maximum: mapping.maximumConcurrency ?? null,
            batchSize: mapping.batchSize,
            running: mapping.running,
          }
        : null,
      intake: second?.statuses[ACCEPTED_STATUS] ?? null,
    };
  }

  #totals(): Totals {
    const ofMetric = (name: string): ByWay => {
      const found = this.#metrics.by('way', name);
      return byWay((way) => found[way]?.sum ?? 0);
    };
    const { count = 0, sum = 0 } = this.#metrics.by('way', METRIC.promiseKept).queued ?? {};
    return {
      orders: eachCount((count) => ofMetric(COUNTERS[count])),
      completion: this.#metrics.by('way', METRIC.acceptanceToCompletion),
      promises: { ended: count, kept: sum },
    };
  }
}

const eachCount = (figure: (count: OrderCount) => ByWay): OrderCounts => ({
  accepted: figure('accepted'),
  completed: figure('completed'),
  declined: figure('declined'),
  cancelled: figure('cancelled'),
  refused: figure('refused'),
  attemptsFailed: figure('attemptsFailed'),
});

function meanGrowth(
  before: Totals['completion'],
  after: Totals['completion'],
): OrderFigures['completionMs'] {
  const means = Object.entries(after).flatMap(([way, { count, sum }]) => {
    const old = before[way] ?? { count: 0, sum: 0 };
    return count > old.count ? [[way, Math.round((sum - old.sum) / (count - old.count))]] : [];
  });
  return Object.fromEntries(means);
}
