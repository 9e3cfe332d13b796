import type { FunctionKey } from '../../ops/serviceNames.ts';

/** What is billed, counted over the whole plan. */
export interface Usage {
  apiRequests: number;
  invocations: Partial<Record<FunctionKey, number>>;
  /** Billed milliseconds. */
  billedMs: Partial<Record<FunctionKey, number>>;
  publishes: number;
  queueSends: number;
  queueReceives: number;
  queueDeletes: number;
}

/** One second of the plan. */
export interface PlanSample {
  second: number;
  offered: number;
  accepted: number;
  completed: number;
  visible: number;
  inFlight: number;
  /** Asynchronous events that wait for a free execution. */
  eventsWaiting: number;
  /** Executions that take payments. */
  processors: number;
}

export interface Concurrency {
  mean: number;
  peak: number;
}

/** What becomes of a sale. Times are seconds. */
export interface PlanOutcome {
  method: 'exact' | 'coarse';
  offered: number;
  accepted: number;
  /** Turned away by the gateway (429), for want of a free execution (503), and because SNS takes no more (503). */
  refused: { throttled: number; noConcurrency: number; unpublished: number };
  completed: number;
  declined: number;
  /** Accepted, and given up: dead-lettered, or too old. */
  dropped: number;
  /** Accepted, and neither when the plan was ended. */
  unfinished: number;
  peakVisible: { messages: number; second: number };
  peakInFlight: number;
  peakEventsWaiting: number;
  /** When the last order was accepted. */
  lastAcceptedSecond: number;
  /** From then until the last order had its end; null where some have none. */
  drainSeconds: number | null;
  /** From acceptance to the order's end. */
  waitSeconds: { p50: number | null; p95: number | null; max: number | null };
  /** While orders came. */
  concurrency: { intake: Concurrency; processors: Concurrency };
  /** Of the functions that take payments; null where they were not counted. */
  throttles: number | null;
  coldStarts: number;
  usage: Usage;
  samples: PlanSample[];
}

export const emptyUsage = (): Usage => ({
  ...{ apiRequests: 0, invocations: {}, billedMs: {}, publishes: 0 },
  ...{ queueSends: 0, queueReceives: 0, queueDeletes: 0 },
});
