import { describe, expect, it } from '@jest/globals';
import { randomness } from './randomness.ts';

describe('random bytes', () => {
  it('are as many as asked for, and never the same again', () => {
    const sizes = [9, 16, 5_000, ...Array.from({ length: 2_000 }, () => 16)];
    const drawn = sizes.map((size) => randomness.bytes(size));

    expect(drawn.map(({ length }) => length)).toEqual(sizes);
    expect(new Set(drawn.map((bytes) => bytes.toString('hex'))).size).toBe(sizes.length);
  });
});
