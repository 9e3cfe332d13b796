import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Way } from '../domain/order.ts';
import { stageName } from './config.ts';

// Powertools warns at each invocation that measured nothing, which is what most of ours do in one dimension.
const quiet = { ...console, warn: () => {} };

/** Stages of one account write to one namespace. */
const inStage = { stage: stageName() };
/** Metrics of the function as a whole. */
export const metrics = new Metrics({ logger: quiet, defaultDimensions: inStage });

// An instance for each value of the dimension: the records of a parallel batch never share a changing one.
const byWay = new Map<Way, Metrics>();

function metricsOf(way: Way): Metrics {
  const known = byWay.get(way);
  if (known) return known;
  const made = new Metrics({ logger: quiet, defaultDimensions: { ...inStage, way } });
  byWay.set(way, made);
  return made;
}

function publish(): void {
  for (const measured of byWay.values()) measured.publishStoredMetrics();
}

/** The middleware that writes the metrics by way at the end of an invocation, good or bad. */
export const publishWayMetrics = () => ({ after: publish, onError: publish });

export const countByWay = (name: string, way: Way, count = 1): void =>
  measure(name, MetricUnit.Count, count, metricsOf(way));

export const measureByWay = (name: string, way: Way, durationMs: number): void =>
  measure(name, MetricUnit.Milliseconds, durationMs, metricsOf(way));

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

/**
 * What is not a number stays out: it would make the line invalid and lose every other metric in it. So does a negative
 * value, which no metric here can have: a time that lies ahead would outweigh all that was measured.
 */
export function measure(name: string, unit: Unit, value: number, of = metrics): void {
  if (Number.isFinite(value) && value >= 0) of.addMetric(name, unit, value);
}
