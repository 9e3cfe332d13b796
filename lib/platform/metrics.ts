import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Way } from '../domain/order.ts';

// Powertools warns at each invocation that measured nothing, which is what most of ours do in one dimension.
const quiet = { ...console, warn: () => {} };

/** Metrics of the function as a whole. */
export const metrics = new Metrics({ logger: quiet });

// An instance for each value of the dimension: the records of a parallel batch never share a changing one.
const byWay: Record<Way, Metrics> = {
  sync: new Metrics({ logger: quiet, defaultDimensions: { way: 'sync' } }),
  queued: new Metrics({ logger: quiet, defaultDimensions: { way: 'queued' } }),
  direct: new Metrics({ logger: quiet, defaultDimensions: { way: 'direct' } }),
};

export const wayMetrics = Object.values(byWay);

export function countByWay(name: string, way: Way): void {
  byWay[way].addMetric(name, MetricUnit.Count, 1);
}

export function measureByWay(name: string, way: Way, durationMs: number): void {
  byWay[way].addMetric(name, MetricUnit.Milliseconds, durationMs);
}
