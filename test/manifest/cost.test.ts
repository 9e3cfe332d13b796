import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { costDocument } from '../../ops/cost/costDocument.ts';
import { countedSchema } from '../../ops/cost/counted.ts';

describe('docs/cost.md', () => {
  it('is what the prices and what was counted come to: npm run cost', () => {
    const counted = countedSchema.parse(JSON.parse(readFileSync('ops/cost/counted.json', 'utf8')));

    expect(readFileSync('docs/cost.md', 'utf8')).toBe(costDocument(counted));
  });
});
