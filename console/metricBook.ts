import { isEmf, readEmf } from '../common/emf.ts';
import type { EmfLines, MetricSeries } from '../contracts/metricSums.ts';

/** Dimensions are few by design; whoever puts an order's id into one must not fill the memory. */
const MOST_SERIES = 2000;

/** Adds up the metrics of the functions' own log lines. */
export class MetricBook {
  readonly lines: EmfLines = { read: 0, invalid: 0 };
  readonly #series = new Map<string, MetricSeries>();

  /** Takes any log line; true when it was one of metrics. */
  add(line: string): boolean {
    if (!isEmf(line)) return false;
    this.lines.read += 1;
    try {
      for (const { values, ...metric } of readEmf(line)) {
        const series = this.#seriesOf(metric);
        if (series) for (const value of values) addValue(series, value);
      }
    } catch (error) {
      this.lines.invalid += 1;
      this.lines.lastFault = (error as Error).message.slice(0, 1000);
    }
    return true;
  }

  all(): MetricSeries[] {
    return [...this.#series.values()];
  }

  /** Count and sum of a metric by the values of one of its dimensions. */
  by(dimension: string, name: string): Record<string, { count: number; sum: number }> {
    const found: Record<string, { count: number; sum: number }> = {};
    for (const { name: other, dimensions, count, sum } of this.#series.values()) {
      const value = dimensions[dimension];
      if (other !== name || value === undefined) continue;
      const total = found[value] ?? { count: 0, sum: 0 };
      found[value] = { count: total.count + count, sum: total.sum + sum };
    }
    return found;
  }

  #seriesOf(
    metric: Pick<MetricSeries, 'namespace' | 'name' | 'unit' | 'dimensions'>,
  ): MetricSeries | undefined {
    const key = JSON.stringify([metric.namespace, metric.name, metric.dimensions]);
    const known = this.#series.get(key);
    if (known || this.#series.size >= MOST_SERIES) return known;
    const series = { ...metric, count: 0, sum: 0, min: Infinity, max: -Infinity };
    this.#series.set(key, series);
    return series;
  }
}

function addValue(series: MetricSeries, value: number): void {
  series.count += 1;
  series.sum += value;
  series.min = Math.min(series.min, value);
  series.max = Math.max(series.max, value);
}
