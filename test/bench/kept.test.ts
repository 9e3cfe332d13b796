import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ratioOf } from './benchResult.ts';
import { type Kept, readKept, worseThanKept } from './kept.ts';
import { performanceDocument } from './performanceDocument.ts';

const WHAT = 'as long as a start (2.1 s), 2 s';
const kept = (median: number): Kept => ({
  start: {
    ...{ measuredOn: '2026-11-27', machine: 'a machine', runs: 3, pairs: 3 },
    ratios: [ratioOf(WHAT, [median], 1)],
  },
});
const measured = (median: number) => ({
  ...{ name: 'start', pairs: 3 },
  ratios: [ratioOf('as long as a start (1.9 s), 2 s', [median], 1)],
});

describe('A ratio beside the one that is kept', () => {
  it.each([2, 1.8, 1.71, 5])('may be %d where 2 is kept', (median) => {
    expect(worseThanKept(measured(median), kept(2))).toEqual([]);
  });

  it('is told where it is more than 15 % worse', () => {
    expect(worseThanKept(measured(1.69), kept(2))).toEqual([
      'as long as a start (1.9 s), 2 s: 1.69 x, and 2.00 x is kept',
    ]);
  });

  it('is told where the kept one was changed by a fifth', () => {
    expect(worseThanKept(measured(2), kept(2 * 1.2))).toHaveLength(1);
  });

  it('is told where nothing is kept of it', () => {
    expect(worseThanKept(measured(2), {})[0]).toContain('nothing is kept');
  });
});

describe('docs/performance.md', () => {
  it('is what the kept ratios come to: npm run bench -- NAME --keep', () => {
    expect(readFileSync('docs/performance.md', 'utf8')).toBe(performanceDocument(readKept()));
  });
});
