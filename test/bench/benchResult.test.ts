import { describe, expect, it } from '@jest/globals';
import { describeResult, isKept, ratioOf } from './benchResult.ts';

describe('A ratio', () => {
  it('is the median of the pairs, with their spread', () => {
    expect(ratioOf('served', [5, 3, 4], 3)).toEqual({
      what: 'served',
      median: 4,
      least: 3,
      most: 5,
      atLeast: 3,
    });
  });

  it('is halfway between the middle two of an even number of pairs', () => {
    expect(ratioOf('served', [1, 2, 4, 8], 3).median).toBe(3);
  });

  it('needs a pair', () => {
    expect(() => ratioOf('served', [], 3)).toThrow('at least one value');
  });

  it('may be too large as well', () => {
    const ratio = ratioOf('executions', [1.1, 1.1, 1.1], 0.95, 1.05);

    expect(isKept(ratio)).toBe(false);
    expect(describeResult({ name: 'direct', pairs: 3, ratios: [ratio] })).toContain(
      'at least 0.95, at most 1.05: NOT KEPT',
    );
  });

  it.each([
    [[4, 4, 4], 'kept'],
    [[2, 2, 9], 'NOT KEPT'],
  ])('says whether its median keeps the bound (%s)', (ratios, verdict) => {
    const result = { name: 'intake', pairs: 3, ratios: [ratioOf('served', ratios, 3)] };

    expect(describeResult(result)).toContain(`at least 3: ${verdict}`);
  });
});
