import type { Way } from '../lib/domain/order.ts';
import type { LatencySummary } from './intakeTimes.ts';

export type ByWay = Record<Way, number>;

/** The state of the service at one moment, and what happened since the sample before. */
export interface Sample {
  /** Milliseconds since 1970; the event's id in the stream. */
  at: number;
  /** What the counts below cover. */
  seconds: number;
  accepted: ByWay;
  completed: ByWay;
  declined: ByWay;
  cancelled: ByWay;
  refused: ByWay;
  attemptsFailed: ByWay;
  /** Mean time from acceptance to completion, of the orders completed since the sample before. */
  completionMs: Partial<ByWay>;
  /** By queue name; `visible` includes delayed messages. */
  queues: Record<string, { visible: number; inFlight: number }>;
  /** Asynchronous events of Lambda: those of the direct way. */
  events: { waiting: number; running: number };
  functions: Record<string, FunctionState>;
  /** Of all functions together; `unreserved` is what those without a reservation share. */
  account: { running: number; limit: number; unreserved: { running: number; limit: number } };
  mapping: MappingState | null;
  intake: LatencySummary | null;
}

export interface FunctionState {
  running: number;
  /** Reserved concurrency, else what the reservations leave of the account's quota to all others. */
  limit: number;
  coldStarts: number;
  throttled: number;
}

/** The event source mapping between the order queue and its workers. */
export interface MappingState {
  enabled: boolean;
  maximum: number | null;
  batchSize: number;
  running: number;
}

export const noOrders = (): ByWay => ({ sync: 0, queued: 0, direct: 0 });
