import * as z from 'zod';
import { functionTimesSchema } from './runtimeStats.ts';

const metricSeriesSchema = z.object({
  namespace: z.string(),
  name: z.string(),
  unit: z.string(),
  dimensions: z.record(z.string(), z.string()),
  count: z.number(),
  sum: z.number(),
  min: z.number(),
  max: z.number(),
});
/** What CloudWatch would keep of one metric under one set of dimensions, since the start. */
export type MetricSeries = z.infer<typeof metricSeriesSchema>;

const emfLinesSchema = z.object({
  read: z.number(),
  /** Lines that break the format's rules; CloudWatch would drop them. */
  invalid: z.number(),
  lastFault: z.string().optional(),
});
export type EmfLines = z.infer<typeof emfLinesSchema>;

/** `GET /api/metrics`: the functions' own metrics, added up, and what their invocations took. */
export const metricSumsSchema = z.object({
  lines: emfLinesSchema,
  series: z.array(metricSeriesSchema),
  /** By the manifest's key. */
  functions: z.record(z.string(), functionTimesSchema),
});
export type MetricSums = z.infer<typeof metricSumsSchema>;
