import { describe, expect, it, jest } from '@jest/globals';
import { work } from './command/tasks.ts';
import { drawHistory } from './history.ts';
import { liveThrough } from './liveThrough.ts';
import { WRONG, type WrongService } from './wrongServices.ts';

/** Real time and chance are sealed by the command; jest needs them. */
const UNSEALED = { uses: [], break: () => {} };
const live = (seed: number, wrong?: WrongService) =>
  liveThrough(drawHistory(seed), UNSEALED, wrong);

/** Sales take seconds on a machine that is busy. */
jest.setTimeout(60_000);
describe('a sale lived through from its seed', () => {
  it('is the same each time, and another with another seed', async () => {
    const [one, again, other] = [await live(7), await live(7), await live(8)];

    expect(one.steps.length).toBeGreaterThan(20);
    expect(again).toEqual(one);
    expect(other.hash).not.toBe(one.hash);
  });

  it('closes its books through faults of every kind', async () => {
    const { failures, orders } = await work({ from: 40, runs: 8, untilFailure: false }, UNSEALED);

    expect(failures).toEqual([]);
    expect(orders).toBeGreaterThan(50);
  });

  it('closes the books of a long sale, whatever operators set and others send', async () => {
    const sale = { seconds: 20, rate: 60, hasFaults: true };
    const throttled = await work({ from: 5, runs: 1, sale, untilFailure: false }, UNSEALED);
    const filtered = await work({ from: 7, runs: 1, sale, untilFailure: false }, UNSEALED);

    expect([...throttled.failures, ...filtered.failures]).toEqual([]);
  });
});

/** What was wrong once, or would be if somebody took out what stands against it, at the seed that showed it. */
describe('a replayed seed', () => {
  it.each([
    ['does-not-write-the-promise', 10, 'it was accepted, and is cancelled'],
    ['finishes-without-the-revision', 156, 'it was accepted, and is cancelled'],
    ['charges-without-the-key', 2, 'was charged'],
    ['believes-a-read-that-lags', 3, 'was taken, and is answered 404'],
    ['acknowledges-before-paying', 1, 'was acknowledged, and is pending'],
  ])('finds what %s does, at seed %d', async (wrong, seed, violation) => {
    const { violations } = await live(seed, WRONG[wrong]);

    expect(violations).toContainEqual(expect.stringContaining(violation));
    expect((await live(seed)).violations).toEqual([]);
  });
});
