import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { costDocument } from '../../ops/cost/costDocument.ts';
import { readCounted } from '../../ops/cost/counted.ts';

describe('docs/cost.md', () => {
  it('is what the prices and what was counted come to: npm run cost', () => {
    const counted = readCounted();

    expect(readFileSync('docs/cost.md', 'utf8')).toBe(costDocument(counted));
  });
});
