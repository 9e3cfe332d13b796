import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { scaleDocument } from './scaleDocument.ts';

it('docs/scale.md is what the engine comes to: npm run scale', async () => {
  expect(readFileSync('docs/scale.md', 'utf8')).toBe(await scaleDocument());
}, 120_000);
