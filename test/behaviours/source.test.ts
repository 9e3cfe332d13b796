import { expect, it } from '@jest/globals';
import { sourceOf } from './source.ts';

const FILE = `import x from 'https://example.com/no-comment';
// https://example.com/block
describe('a queue', () => {
  // Why this is so: https://example.com/own (second part).
  // And more.
  it('has a source of its own', () => {});

  it.each([
    [1, 2],
  ])('takes that of its block: %i', () => {
    // https://example.com/inside
  });

  /** https://example.com/inner */
  describe('that is full', () => {
    it('takes that of the nearest block', () => {});
  });
});

describe('other', () => {
  it('has none', () => {});
});
`;

const lineOf = (text: string) =>
  FILE.split('\n').findIndex((line) => line.includes(`'${text}`)) + 1;

it.each([
  ['has a source of its own', 'https://example.com/own'],
  ['takes that of its block', 'https://example.com/block'],
  ['takes that of the nearest block', 'https://example.com/inner'],
  ['has none', undefined],
])('the source of a test that %s is %s', (title, expected) => {
  expect(sourceOf(FILE, lineOf(title))).toBe(expected);
});
