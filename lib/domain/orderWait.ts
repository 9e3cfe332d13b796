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
  /** Payments that the stage's workers take at a time, and what one worker takes. */
  paymentsAtOnce: number;
  paymentsPerWorker: number;
}

/** What a batch takes beside its payments. */
const OVERHEAD_MS = 100;
/** The batching window of the event source mapping. */
const BATCHING_MS = 1_000;
/** What the answers that tell of it, and of the end, may take themselves. */
const LEEWAY_MS = 1_000;
/** An order that is looked up so much before its end as expected has mostly ended. */
const EARLY_MS = 200;
/** An estimate is trusted for so long: whoever raises the workers makes it too long. */
const TRUST_MS = 60_000;

/** What an order waits for that is accepted now. */
export interface Line {
  /** Unknown where the queue was not asked. */
  ahead: number | undefined;
  /** Between two orders that the workers take. */
  perOrderMs: number;
  /** From its turn to its end. */
  ownMs: number;
}

/**
 * Little's law gives the rate at which the queue drains, however many workers there are: what they have in hand is done in
 * the time that they hold it. One that has just begun holds less than it will. Where they hold nothing, as many as the
 * stage has are about to begin. Without a depth nothing waits before the order.
 */
export function lineOf(pace: WorkerPace, depth?: QueueDepth): Line {
  const { paymentMs, paymentsAtOnce, paymentsPerWorker } = pace;
  const heldMs = paymentMs + OVERHEAD_MS;
  const { inHand = 0 } = depth ?? {};
  const atOnce = inHand === 0 ? paymentsAtOnce : Math.max(inHand, paymentsPerWorker);
  return {
    ahead: depth?.waiting,
    perOrderMs: heldMs / atOnce,
    ownMs: BATCHING_MS + heldMs,
  };
}

export const expectedWaitMs = ({ ahead, perOrderMs, ownMs }: Line): number =>
  ownMs + (ahead ?? 0) * perOrderMs;

type WaitingOrder = Pick<Order, 'accepted_at' | 'expected_at'> & Partial<Pick<Line, 'ahead'>>;

/**
 * When to ask again for a pending order: when it should have ended, by what was expected of it, by those that were before it
 * at the workers' present rate, and by what an order would wait that is accepted now. Later it is asked for at ever longer
 * intervals, so that its end is heard of within a fifth of its wait and 2 s, however wrong the estimate was.
 */
export function retryAfterSeconds(order: WaitingOrder, nowMs: number, line: Line): number {
  const { accepted_at, expected_at, ahead = line.ahead } = order;
  const ageMs = Math.max(0, nowMs - Date.parse(accepted_at));
  const leftMs = Math.min(
    expected_at === undefined ? TRUST_MS : Date.parse(expected_at) - nowMs,
    expectedWaitMs({ ...line, ahead }) - ageMs,
    expectedWaitMs(line),
    TRUST_MS,
  );
  const laterMs = 2_000 + 0.2 * ageMs - LEEWAY_MS;
  return Math.max(Math.ceil((leftMs - EARLY_MS) / 1000), Math.floor(laterMs / 1000));
}
