import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exactNumber } from './exactNumber.ts';

describe('a number as it is written', () => {
  it.each([
    ['1e2', 100],
    ['100.0', 100],
    ['1.0E+2', 100],
    ['10000e-2', 100],
    ['19.990', 19.99],
    ['19.99000000000000000000000', 19.99],
    ['0.00000000000000000000', 0],
    ['0e999', 0],
    ['-0', -0],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['0.30000000000000004', 0.1 + 0.2],
    ['1E-7', 1e-7],
  ])('%s is read', (source, value) => {
    expect(exactNumber(source)).toBe(value);
  });

  it.each([
    '9007199254740990.6',
    '9007199254740993',
    '2.0000000000000001',
    '19.990000000000000000001',
    '0.1000000000000000055511151231257827',
    '1e400',
    '-1e400',
    '1e-400',
    `1${'0'.repeat(30)}1`,
  ])('%s is not read as the number that it is rounded to', (source) => {
    expect(exactNumber(source)).toBeUndefined();
  });

  it('is read for every number as JSON has it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(exactNumber(JSON.stringify(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('is not read with a digit more than the double holds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 9 }),
        (value, digit) => {
          expect(exactNumber(`${value}.${'0'.repeat(16)}${digit}`)).toBeUndefined();
        },
      ),
    );
  });

  it('of 200,000 digits takes no time to speak of', () => {
    const startedAt = performance.now();
    expect(exactNumber(`0.${'0'.repeat(200_000)}1`)).toBeUndefined();
    expect(exactNumber(`1${'0'.repeat(200_000)}1`)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(100);
  });
});
