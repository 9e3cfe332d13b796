import type { Order } from './order.ts';

/** Messages of the order queue, as SQS counts them. */
export interface QueueDepth {
  waiting: number;
  /** Received by workers and not done yet. */
  inHand: number;
}

/** What the workers do with each message. */
export interface WorkerPace {
  paymentMs: number;
  /** Payments that the stage's workers take at a time. */
  paymentsAtOnce: number;
}

/** What a batch takes beside its payments. */
const OVERHEAD_MS = 100;
/** The batching window of the event source mapping. */
const BATCHING_MS = 1_000;
/** An estimate is trusted for so long: whoever raises the workers makes it too long. */
const TRUST_MS = 60_000;

/**
 * How long an order takes that is accepted now. Little's law gives the rate at which the queue drains, however many workers
 * there are: what they have in hand is done in the time that they hold it. Where they hold nothing, as many as the stage
 * has are about to begin. Without a depth nothing waits before the order.
 */
export function expectedWaitMs({ paymentMs, paymentsAtOnce }: WorkerPace, depth?: QueueDepth) {
  const heldMs = paymentMs + OVERHEAD_MS;
  const { waiting = 0, inHand = 0 } = depth ?? {};
  return BATCHING_MS + heldMs + (waiting / (inHand || paymentsAtOnce)) * heldMs;
}

/**
 * When to ask again for a pending order: when it should have ended, by what was expected of it and by what an order would wait
 * that is accepted now. Later it is asked for at ever longer intervals, so that its end is heard of within a fifth of its
 * wait and 2 s, however wrong the estimate was.
 */
export function retryAfterSeconds(
  { accepted_at, expected_at }: Pick<Order, 'accepted_at' | 'expected_at'>,
  nowMs: number,
  waitMs: number,
): number {
  const ageMs = Math.max(0, nowMs - Date.parse(accepted_at));
  const expectedInMs = expected_at === undefined ? waitMs - ageMs : Date.parse(expected_at) - nowMs;
  const leftMs = Math.min(expectedInMs, waitMs, TRUST_MS);
  return Math.max(Math.ceil(leftMs / 1000), Math.floor((2_000 + 0.2 * ageMs) / 1000));
}
