import { describe, expect, it } from '@jest/globals';
import { expectedWaitMs, retryAfterSeconds } from './orderWait.ts';

const PACE = { paymentMs: 3_000, paymentsAtOnce: 220 };
const START_MS = Date.parse('2026-11-27T12:00:00Z');

describe('The wait of an order that is accepted now', () => {
  it.each([
    ['its payment, where nothing waits before it', undefined, 4_100],
    ['its payment, where workers are not full', { waiting: 0, inHand: 7 }, 4_100],
    ['what one worker needs for those before it', { waiting: 200, inHand: 10 }, 66_100],
    [
      'what all workers of the stage need, where they are about to begin',
      { waiting: 440, inHand: 0 },
      10_300,
    ],
  ])('is %s', (_, depth, waitMs) => {
    expect(Math.round(expectedWaitMs(PACE, depth))).toBe(waitMs);
  });
});

interface Life {
  /** What it really takes to its end. */
  waitMs: number;
  /** What was expected when it was accepted. */
  expectedMs: number;
  /** What an order would wait that is accepted at this time. */
  lineMs?: (ageMs: number) => number;
}

/** A buyer who does as Retry-After says until the order has ended. */
function follow({ waitMs, expectedMs, lineMs = () => Number.POSITIVE_INFINITY }: Life) {
  const order = {
    accepted_at: new Date(START_MS).toISOString(),
    expected_at: new Date(START_MS + expectedMs).toISOString(),
  };
  let ageMs = 0;
  let polls = 0;
  do {
    const line = polls === 0 ? expectedMs : lineMs(ageMs);
    ageMs += retryAfterSeconds(order, START_MS + ageMs, line) * 1000;
    polls += 1;
  } while (ageMs < waitMs);
  return { polls, lateMs: ageMs - waitMs, allowedMs: 0.2 * waitMs + 2_000 };
}

const WAITS_SECONDS = [3.1, 4.1, 6, 10, 20, 33, 45, 55, 60, 70];
const range = (least: number, most: number, step: number) =>
  Array.from({ length: Math.round((most - least) / step) + 1 }, (_, index) => least + index * step);

describe('A buyer who does as Retry-After says', () => {
  it.each(range(0.7, 1.15, 0.05))(
    'asks at most three times and hears of the end in time, where %d of the wait was expected',
    (share) => {
      for (const seconds of WAITS_SECONDS) {
        const waitMs = seconds * 1000;
        const { polls, lateMs, allowedMs } = follow({ waitMs, expectedMs: share * waitMs });
        expect({ seconds, polls: polls <= 3, inTime: lateMs <= allowedMs }).toEqual({
          ...{ seconds, polls: true, inTime: true },
        });
      }
    },
  );

  it('hears of the end in time where nothing of the wait was foreseen', () => {
    for (const waitMs of range(3_100, 900_000, 1_700)) {
      const { lateMs, allowedMs } = follow({ waitMs, expectedMs: 4_100 });
      expect(lateMs).toBeLessThanOrEqual(allowedMs);
    }
  });

  it('asks once a minute at most where a long wait was expected, and soon once the workers were raised', () => {
    const lineMs = (ageMs: number) => (ageMs < 110_000 ? 900_000 : 15_000);

    expect(follow({ waitMs: 140_000, expectedMs: 900_000, lineMs })).toMatchObject({
      polls: 3,
      lateMs: expect.any(Number),
    });
    expect(follow({ waitMs: 140_000, expectedMs: 900_000, lineMs }).lateMs).toBeLessThan(30_000);
  });

  it('is one of a crowd that stays far below what an account may be asked', () => {
    const minutes = 10;
    const perSecond = 600;
    const drained = PACE.paymentsAtOnce / 3.1;
    let polls = 0;
    for (const at of range(0, minutes * 60, 1)) {
      const expectedMs = expectedWaitMs(PACE, { waiting: (perSecond - drained) * at, inHand: 220 });
      const order = {
        accepted_at: new Date(START_MS + at * 1000).toISOString(),
        expected_at: new Date(START_MS + at * 1000 + expectedMs).toISOString(),
      };
      for (let ageS = 0; at + ageS < minutes * 60 && ageS * 1000 < expectedMs; ) {
        const seconds = retryAfterSeconds(order, START_MS + (at + ageS) * 1000, Infinity);
        ageS += seconds;
        if (at + ageS > (minutes - 1) * 60 && at + ageS <= minutes * 60) polls += perSecond;
      }
    }
    expect(polls / 60).toBeLessThan(5_000);
  });
});
