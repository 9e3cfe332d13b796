import * as z from 'zod';

const count = z.number();
const optionalCount = z.number().optional();

const timesSchema = z.object({ count, sumMs: count, maxMs: count });

/** Sums since the start. */
export const functionTimesSchema = z.object({
  durations: timesSchema,
  /** Of the function's thread. */
  cpuTimes: timesSchema,
  /** What its memory size's share of a core would make of the durations on Lambda, at most. */
  durationsAtMemory: timesSchema,
});

export type FunctionTimes = z.infer<typeof functionTimesSchema>;

/** What CloudWatch Logs would take in. */
const logVolumeSchema = z.object({ lines: count, bytes: count });

const functionStatsSchema = functionTimesSchema.extend({
  name: z.string(),
  concurrent: count,
  peakConcurrent: count,
  environments: count,
  /** Absent: it shares what the reservations of others leave. */
  reserved: optionalCount,
  invocations: count,
  errors: count,
  timeouts: count,
  throttles: count,
  coldStarts: count,
  billedGbSeconds: count,
  log: logVolumeSchema,
});
export type FunctionStats = z.infer<typeof functionStatsSchema>;

const mappingStatsSchema = z.object({
  uuid: z.string(),
  functionName: z.string(),
  queueArn: z.string(),
  enabled: z.boolean(),
  batchSize: count,
  maximumConcurrency: optionalCount,
  running: count,
  allowed: count,
  /** Calls of SQS. */
  receives: count,
  deletes: count,
  polled: count,
  invoked: count,
  deleted: count,
  failed: count,
  filteredOut: count,
  throttled: count,
});
export type MappingStats = z.infer<typeof mappingStatsSchema>;

/** Of a function's asynchronous events. */
const asyncEventCountsSchema = z.object({
  waiting: count,
  running: count,
  oldestAgeMs: count,
  accepted: count,
  succeeded: count,
  retried: count,
  throttled: count,
  dropped: count,
});
export type AsyncEventCounts = z.infer<typeof asyncEventCountsSchema>;

export const lambdaStatsSchema = z.object({
  accountQuota: count,
  unreserved: z.object({ limit: count, running: count }),
  /** By the manifest's key. */
  functions: z.record(z.string(), functionStatsSchema),
  mappings: z.array(mappingStatsSchema),
  /** By the manifest's key. */
  async: z.record(z.string(), asyncEventCountsSchema),
});
export type LambdaStats = z.infer<typeof lambdaStatsSchema>;

export const latencySummarySchema = z.object({
  answers: count,
  p50Ms: count,
  p95Ms: count,
  p99Ms: count,
  maxMs: count,
});
export type LatencySummary = z.infer<typeof latencySummarySchema>;

/** A finished second with at least one answer. */
const gatewaySecondSchema = latencySummarySchema.extend({
  /** Seconds since 1970. */
  at: count,
  statuses: z.record(z.string(), latencySummarySchema),
});
export type GatewaySecond = z.infer<typeof gatewaySecondSchema>;

const gatewayStatsSchema = z.object({
  inFlight: count,
  /** Since the start. */
  answers: count,
  /** Answers since the start by route key (`-` where no route matched) and status. */
  routes: z.record(z.string(), z.record(z.string(), count)),
  accessLog: logVolumeSchema,
  /** Heads and bodies of the answers. */
  sentBytes: count,
  /** The latest 120, the oldest first. */
  seconds: z.array(gatewaySecondSchema),
});
export type GatewayStats = z.infer<typeof gatewayStatsSchema>;

/** `GET /api/stats`: the runtime's own counts, all since its start unless a name says otherwise. */
export const runtimeStatsSchema = lambdaStatsSchema.extend({
  at: z.string(),
  /** Absent where the manifest has no HTTP API. */
  gateway: gatewayStatsSchema.optional(),
  memoryBytes: count,
});
export type RuntimeStats = z.infer<typeof runtimeStatsSchema>;
