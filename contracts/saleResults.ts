import * as z from 'zod';
import { WAYS } from '../lib/domain/order.ts';
import { reconciliationSchema } from './reconciliation.ts';

/**
 * `results.json`: everything a run measured. Terminal table, report and Markdown summary are drawn from it alone.
 * Times are seconds since the phase's first buyer unless a name says otherwise; null is "not measured".
 */
const measured = z.number().nullable();
const perFunction = z.record(z.string(), z.number());

export const spreadSchema = z.object({
  count: z.number(),
  mean: measured,
  min: measured,
  p50: measured,
  p95: measured,
  p99: measured,
  max: measured,
});

/** One second of a phase: what Locust sent and got, and the system's state at that second. */
const sampleSchema = z.object({
  second: z.number(),
  sent: z.number(),
  /** Answers to orders by HTTP status; "0" means no answer at all. */
  answers: z.record(z.string(), z.number()),
  /** Milliseconds until an accepted order was answered. */
  latency: spreadSchema.nullable(),
  completed: measured,
  visible: measured,
  inFlight: measured,
  deadLettered: measured,
  asyncWaiting: measured,
  concurrency: perFunction,
  /** These three count from the start of the phase. */
  throttles: perFunction,
  coldStarts: perFunction,
  billedGbSeconds: perFunction,
  loadCpuPercent: measured,
});

const rowSchema = z.object({
  name: z.string(),
  status: z.number(),
  failed: z.boolean(),
  latency: spreadSchema,
});

const loadSchema = z.object({
  kind: z.literal('closed loop'),
  users: z.number(),
  waitSeconds: z.tuple([z.number(), z.number()]),
  /** Orders answered inside the phase. */
  answered: z.number(),
  accepted: z.number(),
  refused: z.number(),
  declined: z.number(),
  failed: z.number(),
  acceptedLatency: spreadSchema,
  refusedLatency: spreadSchema,
  /** From `settledAfterSeconds` to the end: users / (mean wait + mean time a visit spends in requests), and what was sent. */
  settledAfterSeconds: z.number(),
  askedPerSecond: measured,
  sentPerSecond: measured,
  settledLatency: spreadSchema,
  rows: z.array(rowSchema),
  failures: z.array(z.object({ name: z.string(), message: z.string(), count: z.number() })),
  failuresNotShown: z.number(),
  cpuMeanPercent: measured,
  cpuMaxPercent: measured,
});

const queueSchema = z.object({
  fromSecond: z.number(),
  toSecond: z.number(),
  /** Least squares over the same seconds: depth (visible + in flight) and orders accepted. */
  growthPerSecond: measured,
  arrivalsPerSecond: measured,
  completedPerSecond: measured,
  meanVisible: measured,
  peakVisible: measured,
  peakInFlight: measured,
  deadLettered: measured,
});

const drainSchema = z.object({
  backlog: z.number(),
  /** null: not drained when the phase was ended. */
  drainedAfterSeconds: measured,
  limitSeconds: z.number(),
});

const completionSchema = z.object({
  /** Orders completed in this phase, and the seconds from the order's record to its end. */
  count: z.number(),
  perSecond: measured,
  waitSeconds: spreadSchema,
});

const runtimeSchema = z.object({
  peakConcurrency: perFunction,
  throttles: perFunction,
  coldStarts: perFunction,
  billedGbSeconds: perFunction,
  /** What all invocations took here, and would take at most with their memory size's share of a core; none of Lambda's own. */
  times: z
    .record(
      z.string(),
      z.object({ durationMs: z.number(), cpuMs: z.number(), atMemoryMs: z.number() }),
    )
    .default({}),
  /** Milliseconds of initialisation from REPORT lines; null where they are not Lambda's own. */
  coldStartMs: spreadSchema.nullable(),
});

const configurationSchema = z.object({
  answers: z.array(z.object({ way: z.string(), status: z.number(), detail: z.string() })),
  ordersStored: z.number(),
});

const stockSchema = z.object({
  item_id: z.string(),
  units: z.number(),
  /** From the books, when all had ended. */
  sold: z.number(),
  held: z.number(),
  free: z.number(),
  /** From the first unit that a buyer was given to the last; null where none was. */
  soldOutAfterSeconds: measured,
  /** How many times a buyer was turned away. */
  refused: z.number(),
});

const booksSchema = reconciliationSchema.extend({
  /** What this reading cannot prove. */
  notes: z.array(z.string()),
});

export const phaseSchema = z.object({
  id: z.string(),
  name: z.string(),
  way: z.enum(WAYS).nullable(),
  startedAt: z.string(),
  seconds: z.number(),
  /** Length that was asked for; `seconds` is how long it took, draining included. */
  plannedSeconds: z.number(),
  workers: z.number().nullable(),
  samples: z.array(sampleSchema),
  summary: z.object({
    load: loadSchema.nullable(),
    queue: queueSchema.nullable(),
    drain: drainSchema.nullable(),
    completion: completionSchema.nullable(),
    runtime: runtimeSchema.nullable(),
    configuration: configurationSchema.nullable(),
    stock: stockSchema.nullable().default(null),
  }),
  books: booksSchema.nullable(),
  /** Why the phase was not run or is not whole. */
  note: z.string().nullable(),
});

export const verdicts = ['holds', 'does not hold', 'does not follow', 'not measured'] as const;

export const claimSchema = z.object({
  id: z.number(),
  document: z.string(),
  formula: z.string(),
  expected: z.string(),
  measured: z.string(),
  verdict: z.enum(verdicts),
  why: z.string(),
  /** Whether the run's exit status depends on it. */
  shouldHold: z.boolean(),
  checks: z.array(
    z.object({
      what: z.string(),
      expected: z.string(),
      measured: z.string(),
      passed: z.boolean(),
      /** Says how quick the machine was, which depends on who else uses it. */
      isSpeed: z.boolean().optional(),
    }),
  ),
});

export const settingsSchema = z.object({
  command: z.string(),
  startedAt: z.string(),
  quick: z.boolean(),
  /** Whether others use the machine: speeds are then shown and decide nothing. */
  sharedMachine: z.boolean().default(false),
  users: z.number(),
  seconds: z.number(),
  workers: z.number(),
  seed: z.number(),
  phases: z.array(z.string()),
  target: z.object({
    kind: z.enum(['own', 'local', 'aws', 'url']),
    stage: z.string(),
    url: z.string(),
  }),
  /** Parameters of the service that were set in the environment of this run. */
  parameters: z.record(z.string(), z.string()),
  machine: z.object({
    cpus: z.number(),
    cpuModel: z.string(),
    memoryGb: z.number(),
    platform: z.string(),
  }),
  versions: z.record(z.string(), z.string()),
});

const metricsCheckSchema = z.object({
  /** EMF lines of the functions, and how many of them break the format. */
  lines: z.number(),
  invalid: z.number(),
  lastFault: z.string().nullable(),
  sums: z.array(
    z.object({ metric: z.string(), sum: z.number(), what: z.string(), counted: z.number() }),
  ),
});

export const resultsSchema = z.object({
  version: z.literal(1),
  settings: settingsSchema,
  seconds: z.number(),
  phases: z.array(phaseSchema),
  claims: z.array(claimSchema),
  /** The metrics beside the last books. */
  metrics: metricsCheckSchema.nullable(),
  /** What broke the run; null for a whole run. */
  broken: z.object({ phase: z.string(), reason: z.string() }).nullable(),
});

export type Sample = z.infer<typeof sampleSchema>;
export type Row = z.infer<typeof rowSchema>;
export type LoadSummary = z.infer<typeof loadSchema>;
export type QueueSummary = z.infer<typeof queueSchema>;
export type CompletionSummary = z.infer<typeof completionSchema>;
export type RuntimeSummary = z.infer<typeof runtimeSchema>;
export type Books = z.infer<typeof booksSchema>;
export type Phase = z.infer<typeof phaseSchema>;
export type Verdict = (typeof verdicts)[number];
export type Claim = z.infer<typeof claimSchema>;
export type RunSettings = z.infer<typeof settingsSchema>;
export type MetricsCheck = z.infer<typeof metricsCheckSchema>;
export type Results = z.infer<typeof resultsSchema>;
