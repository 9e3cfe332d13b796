import { type ByWay, noOrders, type OrderFigures } from '../../contracts/orderSample.ts';
import type { GatewaySecond, LambdaStats } from '../../contracts/runtimeStats.ts';
import { WAYS } from '../../lib/domain/order.ts';
import { METRIC } from '../../lib/platform/metricNames.ts';
import type { MetricBook } from '../metricBook.ts';

const ACCEPTED_STATUS = 202;

const COUNTERS = {
  accepted: METRIC.orderAccepted,
  completed: METRIC.orderCompleted,
  declined: METRIC.orderDeclined,
  cancelled: METRIC.orderCancelled,
  refused: METRIC.orderRefused,
  attemptsFailed: METRIC.orderAttemptFailed,
};
type OrderCount = keyof typeof COUNTERS;

interface Totals {
  orders: Record<OrderCount, ByWay>;
  completion: Record<string, { count: number; sum: number }>;
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
      ...eachCount((count) => grown(before.orders[count], now.orders[count])),
      completionMs: meanGrowth(before.completion, now.completion),
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
      const totals = noOrders();
      for (const way of WAYS) totals[way] = found[way]?.sum ?? 0;
      return totals;
    };
    return {
      orders: eachCount((count) => ofMetric(COUNTERS[count])),
      completion: this.#metrics.by('way', METRIC.acceptanceToCompletion),
    };
  }
}

const eachCount = (figure: (count: OrderCount) => ByWay): Record<OrderCount, ByWay> => ({
  accepted: figure('accepted'),
  completed: figure('completed'),
  declined: figure('declined'),
  cancelled: figure('cancelled'),
  refused: figure('refused'),
  attemptsFailed: figure('attemptsFailed'),
});

const grown = (before: ByWay, after: ByWay): ByWay => ({
  sync: after.sync - before.sync,
  queued: after.queued - before.queued,
  direct: after.direct - before.direct,
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
