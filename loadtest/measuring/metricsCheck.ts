import { sum } from '../../common/statistics.ts';
import { type MetricSums, metricSumsSchema } from '../../contracts/metricSums.ts';
import type { Books, MetricsCheck, Phase } from '../../contracts/saleResults.ts';
import { METRIC } from '../../lib/platform/metricNames.ts';
import type { RunContext } from '../running/runContext.ts';

/**
 * Holds the metrics of the whole run against its last books: every EMF line that the functions wrote is valid, and the
 * sums are the books' own counts. null where the lines cannot be seen, were not all of this run, or were cut short by
 * faults on purpose.
 */
export async function checkMetrics(
  { kind, stage }: Pick<RunContext, 'kind' | 'stage'>,
  phases: Phase[],
): Promise<MetricsCheck | null> {
  const books = phases.at(-1)?.books;
  if (kind !== 'own' || !stage?.runtime || process.env.PAYMENT_FAULTS) return null;
  if (!books?.settled || books.orders.pending > 0) return null;
  const answer = await fetch(`${stage.runtime.console}/api/metrics`);
  if (!answer.ok)
    throw new Error(`The metrics cannot be read: ${answer.url} answered ${answer.status}`);
  return compareMetrics(metricSumsSchema.parse(await answer.json()), books);
}

/** Which sums have to be what the books count. */
export function compareMetrics(
  { lines, series }: Pick<MetricSums, 'lines' | 'series'>,
  { orders, charges }: Books,
): MetricsCheck {
  const { completed, declined, cancelled } = orders;
  const expected = [
    [METRIC.orderAccepted, 'orders', completed + declined + cancelled],
    [METRIC.orderCompleted, 'completed', completed],
    [METRIC.orderDeclined, 'declined', declined],
    [METRIC.orderCancelled, 'cancelled', cancelled],
    [METRIC.orderCompleted, 'charges', charges.count],
  ] as const;
  const sumOf = (metric: string) =>
    sum(series.filter(({ name }) => name === metric).map((found) => found.sum));
  return {
    lines: lines.read,
    invalid: lines.invalid,
    lastFault: lines.lastFault ?? null,
    sums: expected.map(([metric, what, counted]) => ({
      metric,
      sum: sumOf(metric),
      what,
      counted,
    })),
  };
}

/** Every difference, in words; none when the metrics are those of the books. */
export function metricFaults({ invalid, lastFault, sums }: MetricsCheck): string[] {
  const differing = sums
    .filter(({ sum: added, counted }) => added !== counted)
    .map(
      ({ metric, sum: added, what, counted }) =>
        `${metric} adds up to ${added}, the books have ${counted} ${what}`,
    );
  return invalid > 0
    ? [`${invalid} EMF lines are not valid, the last one: ${lastFault}`, ...differing]
    : differing;
}
