import { describe, expect, it } from '@jest/globals';
import { closedLoop, percentile, slope, spread } from './statistics.ts';

describe('percentile', () => {
  it('is the nearest rank, an observed value', () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

    expect(percentile(values, 50)).toBe(5);
    expect(percentile(values, 95)).toBe(10);
    expect(percentile(values, 100)).toBe(10);
  });

  it('is null of nothing', () => {
    expect(percentile([], 95)).toBeNull();
  });
});

describe('spread', () => {
  it('sorts by size, not by text', () => {
    expect(spread([100, 9, 20])).toEqual({
      count: 3,
      mean: 43,
      min: 9,
      p50: 20,
      p95: 100,
      p99: 100,
      max: 100,
    });
  });
});

describe('slope', () => {
  it('is the growth a second of a straight line', () => {
    const points = [5, 6, 7.5, 9].map((x) => ({ x, y: 40 + 56.7 * x }));

    expect(slope(points)).toBeCloseTo(56.7, 6);
  });

  it('is null where all points share one x', () => {
    expect(slope([{ x: 1, y: 2 }])).toBeNull();
    expect(
      slope([
        { x: 1, y: 2 },
        { x: 1, y: 9 },
      ]),
    ).toBeNull();
  });
});

describe('closedLoop', () => {
  it('serves everyone while there are no more buyers than slots', () => {
    expect(closedLoop(5, 5, 3, 2).servedShare).toBe(1);
  });

  it('serves about one attempt in five of 20 buyers at 5 slots', () => {
    const { servedShare, servedPerSecond } = closedLoop(20, 5, 3, 2);

    expect(servedShare).toBeCloseTo(0.209, 3);
    expect(servedPerSecond).toBeCloseTo(1.59, 2);
  });

  it('tells 4, 5 and 6 slots apart', () => {
    const shares = [4, 5, 6].map((slots) => closedLoop(20, slots, 3, 2).servedShare);

    expect(shares.map((share) => Math.round(share * 100))).toEqual([16, 21, 27]);
  });
});
