import { describe, expect, it } from '@jest/globals';
import { anAsyncOrder } from '../testing/world.ts';
import type { Order } from './order.ts';
import { isPromiseKept, leastPromiseSeconds, promiseOf, publicView } from './orderPromise.ts';

const ACCEPTED_MS = Date.parse('2026-11-27T12:00:00.000Z');
const at = (seconds: number) => new Date(ACCEPTED_MS + seconds * 1000).toISOString();
const expecting = (waitSeconds: number, changes: Partial<Order> = {}): Order => ({
  ...anAsyncOrder(),
  ...{ way: 'queued', accepted_at: at(0), expected_at: at(waitSeconds), ahead: 300 },
  ...changes,
});

describe('What a buyer is promised', () => {
  it('is a place in line and a range about the expected end', () => {
    expect(publicView(expecting(60)).promise).toEqual({
      ...{ place_in_line: 301, earliest: at(47), latest: at(75) },
    });
  });

  it.each([0.1, 1, 4.1, 20, 60, 600, 7200])(
    'is no wider than half of the shortest wait that keeps it and 5 s, where %d s are expected',
    (waitSeconds) => {
      const { earliest, latest } = promiseOf(expecting(waitSeconds)) ?? {};
      const [from, to] = [earliest, latest].map((time = '') => Date.parse(time) - ACCEPTED_MS);
      expect(Number(to) - Number(from)).toBeLessThanOrEqual(Number(from) / 2 + 5_000);
    },
  );

  it.each([
    ['on the direct way', { way: 'direct' as const }],
    ['on the sync way', { way: 'sync' as const }],
  ])('is nothing %s', (_, changes) => {
    expect(publicView(expecting(60, changes))).not.toHaveProperty('promise');
  });

  it('is nothing where the queue could not be asked', () => {
    const { ahead: _, ...order } = expecting(60);
    expect(promiseOf(order)).toBeUndefined();
  });

  it('is at least what an empty queue takes', () => {
    expect(leastPromiseSeconds(3)).toBeCloseTo(7.92);
  });
});

describe('A promise', () => {
  const completed = expecting(60, { status: 'completed' });

  it.each([
    ['kept from its earliest', completed, 47, true],
    ['kept until its latest moment', completed, 75, true],
    ['broken before it', completed, 46.9, false],
    ['broken after it', completed, 75.1, false],
    ['kept by a decline', expecting(60, { status: 'declined' }), 60, true],
    [
      'broken by a cancellation that the buyer did not ask for',
      expecting(60, { status: 'cancelled', cancel_reason: 'deadline_passed' }),
      60,
      false,
    ],
    [
      'nothing to a buyer who called the order off',
      expecting(60, { status: 'cancelled', cancel_reason: 'requested' }),
      60,
      undefined,
    ],
    ['nothing where none was made', expecting(60, { way: 'direct' }), 60, undefined],
  ])('is %s', (_, order, endedAtSeconds, isKept) => {
    expect(isPromiseKept(order, ACCEPTED_MS + endedAtSeconds * 1000)).toBe(isKept);
  });
});
