import { describe, expect, it } from '@jest/globals';
import { expectedWaitMs, type Line, lineOf, retryAfterSeconds } from './orderWait.ts';

const PACE = { paymentMs: 3_000, paymentsAtOnce: 220, paymentsPerWorker: 10 };
const START_MS = Date.parse('2026-11-27T12:00:00Z');
const iso = (ms: number) => new Date(START_MS + ms).toISOString();

describe('The wait of an order that is accepted now', () => {
  it.each([
    ['its payment, where nothing waits before it', undefined, 4_100],
    ['its payment, where workers are not full', { waiting: 0, inHand: 7 }, 4_100],
    ['what one worker needs for those before it', { waiting: 200, inHand: 10 }, 66_100],
    ['no longer where that worker has only begun', { waiting: 4, inHand: 1 }, 5_340],
    [
      'what all workers of the stage need, where they are about to begin',
      { waiting: 440, inHand: 0 },
      10_300,
    ],
  ])('is %s', (_, depth, waitMs) => {
    expect(Math.round(expectedWaitMs(lineOf(PACE, depth)))).toBe(waitMs);
  });
});

interface Life {
  acceptedMs?: number;
  endedMs: number;
  /** What the queue told at a moment. */
  lineAt: (atMs: number) => Line;
  /** Of each request. */
  answerMs?: number;
}

/** A buyer who does as Retry-After says until the order has ended. */
function follow({ acceptedMs = 0, endedMs, lineAt, answerMs = 0 }: Life) {
  const first = lineAt(acceptedMs);
  const order = {
    accepted_at: iso(acceptedMs),
    expected_at: iso(acceptedMs + expectedWaitMs(first)),
    ahead: first.ahead,
  };
  const waitMs = endedMs - acceptedMs;
  let atMs = acceptedMs;
  let polls = 0;
  do {
    atMs += answerMs + retryAfterSeconds(order, START_MS + atMs, lineAt(atMs)) * 1000;
    polls += 1;
  } while (atMs < endedMs);
  const lateMs = atMs + answerMs - endedMs;
  return { waitMs, polls, lateMs, allowedMs: 0.2 * waitMs + 2_000 };
}

const isInTime = ({ lateMs, allowedMs }: ReturnType<typeof follow>): boolean => lateMs <= allowedMs;
const range = (least: number, most: number, step: number) =>
  Array.from({ length: Math.round((most - least) / step) + 1 }, (_, index) => least + index * step);

describe('A buyer who does as Retry-After says', () => {
  /** Of a queue that grows on, before one worker. */
  const expecting = (waitMs: number) => (atMs: number) =>
    atMs === 0
      ? { ahead: waitMs / 310, perOrderMs: 310, ownMs: 0 }
      : { ahead: 1e6, perOrderMs: 310, ownMs: 0 };

  it.each(range(0.7, 1.15, 0.05))(
    'asks at most three times and hears of the end in time, where %d of the wait was expected',
    (share) => {
      const waits = [3.1, 4.1, 6, 10, 20, 33, 45, 55, 60, 70].map((seconds) => seconds * 1000);
      const lives = waits.map((endedMs) => follow({ endedMs, lineAt: expecting(share * endedMs) }));

      expect(lives.filter((life) => life.polls > 3 || !isInTime(life))).toEqual([]);
    },
  );

  it.each([0, 450])(
    'hears of the end in time where nothing of the wait was foreseen, and an answer takes %d ms',
    (answerMs) => {
      const lives = range(3_100, 900_000, 1_700).map((endedMs) =>
        follow({ endedMs, lineAt: expecting(4_100), answerMs }),
      );

      expect(lives.filter((life) => !isInTime(life))).toEqual([]);
    },
  );

  it('hears of the end in time where one worker becomes twenty after a minute', () => {
    const { lineAt, ended } = sale({ ordersPerSecond: 62, seconds: 60, raisedAtSecond: 60 });
    const lives = ended.map((life) => follow({ ...life, lineAt }));

    expect(lives).toHaveLength(62 * 60);
    expect(lives.filter((life) => !isInTime(life))).toEqual([]);
    const aMinute = lives.filter(({ waitMs }) => waitMs > 45_000);
    expect(aMinute.length).toBeGreaterThan(3_000);
    expect(Math.max(...aMinute.map(({ polls }) => polls))).toBeLessThanOrEqual(3);
  });

  it('asks three times a minute at most where one worker stays alone', () => {
    const { lineAt, ended } = sale({ ordersPerSecond: 62, seconds: 10 });
    const lives = ended.map((life) => follow({ ...life, lineAt }));

    expect(lives.filter((life) => !isInTime(life))).toEqual([]);
    const long = lives.filter(({ waitMs }) => waitMs > 45_000);
    expect(long.filter(({ polls, waitMs }) => polls > 3 * Math.max(1, waitMs / 60_000))).toEqual(
      [],
    );
  });

  it('is one of a crowd that stays far below what an account may be asked', () => {
    const lastMinute = 9 * 60_000;
    const growthPerSecond = 600 - PACE.paymentsAtOnce / 3.1;
    const lineAt = (atMs: number) =>
      lineOf(PACE, { waiting: (growthPerSecond * atMs) / 1000, inHand: PACE.paymentsAtOnce });
    let polls = 0;
    for (const acceptedMs of range(0, lastMinute + 60_000, 1_000)) {
      const wait = expectedWaitMs(lineAt(acceptedMs));
      const order = {
        accepted_at: iso(acceptedMs),
        expected_at: iso(acceptedMs + wait),
        ahead: lineAt(acceptedMs).ahead,
      };
      const endMs = Math.min(acceptedMs + wait, lastMinute + 60_000);
      let atMs = acceptedMs;
      while (atMs < endMs) {
        if (atMs > lastMinute && atMs > acceptedMs) polls += 600;
        atMs += retryAfterSeconds(order, START_MS + atMs, lineAt(atMs)) * 1000;
      }
    }
    expect(polls / 60).toBeLessThan(5_000);
  });
});

interface Sale {
  ordersPerSecond: number;
  seconds: number;
  /** From then on, twenty workers, five more each second. */
  raisedAtSecond?: number;
}

const BATCH_MS = 3_080;
const TICK_MS = 50;

/** A queue before one worker, in the order of its messages, as SQS tells of it once a second. */
function sale({ ordersPerSecond, seconds, raisedAtSecond = Number.POSITIVE_INFINITY }: Sale) {
  const waiting: number[] = [];
  const depths: Line[] = [];
  const ended: { acceptedMs: number; endedMs: number }[] = [];
  let batches: { size: number; untilMs: number }[] = [];
  const acceptedMs = range(0, ordersPerSecond * seconds - 1, 1).map(
    (number) => (number * 1000) / ordersPerSecond,
  );
  for (let atMs = 0; acceptedMs.length + waiting.length > 0; atMs += TICK_MS) {
    while (acceptedMs.length > 0 && Number(acceptedMs[0]) <= atMs)
      waiting.push(Number(acceptedMs.shift()));
    batches = batches.filter(({ untilMs }) => untilMs > atMs);
    const raised = (atMs / 1000 - raisedAtSecond) * 5;
    const [workers, size] = raised > 0 ? [Math.min(20, 2 + Math.ceil(raised)), 10] : [2, 5];
    const isReady = () =>
      waiting.length >= size || (waiting.length > 0 && atMs - Number(waiting[0]) >= 1_000);
    while (batches.length < workers && isReady()) {
      const batch = waiting.splice(0, size);
      const untilMs = atMs + BATCH_MS;
      batches.push({ size: batch.length, untilMs });
      ended.push(...batch.map((accepted) => ({ acceptedMs: accepted, endedMs: untilMs })));
    }
    const inHand = batches.reduce((sum, batch) => sum + batch.size, 0);
    if (atMs % 1000 === 0) depths.push(lineOf(PACE, { waiting: waiting.length, inHand }));
  }
  const lineAt = (atMs: number): Line =>
    depths[Math.min(Math.floor(atMs / 1000), depths.length - 1)] ?? lineOf(PACE);
  return { lineAt, ended };
}
