import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPrice, toCents, totalCents } from './money.ts';

describe('prices', () => {
  it.each([0, 0.01, 0.1, 0.29, 1.1, 19.99, 4.35, 999_999.99, 1_000_000])('takes %d', (price) => {
    expect(isPrice(price)).toBe(true);
  });

  it.each([-0.01, 0.001, 1e-7, 1.005, 19.999, 0.1 + 0.2, 1_000_000.01, Number.NaN, Infinity])(
    'refuses %d',
    (price) => {
      expect(isPrice(price)).toBe(false);
    },
  );

  it('takes every whole number of cents as a decimal text, and gives those cents back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000 }), (cents) => {
        const price = Number(`${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
        expect(isPrice(price)).toBe(true);
        expect(toCents(price)).toBe(cents);
      }),
    );
  });

  it('refuses every decimal with three significant places', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999_999 }),
        fc.integer({ min: 1, max: 999 }).filter((thousandths) => thousandths % 10 !== 0),
        (whole, thousandths) => {
          const price = Number(`${whole}.${String(thousandths).padStart(3, '0')}`);
          expect(isPrice(price)).toBe(false);
        },
      ),
    );
  });
});

describe('totals', () => {
  it('adds whole cents', () => {
    expect(
      totalCents([
        { price: 0.1, quantity: 3 },
        { price: 19.99, quantity: 2 },
      ]),
    ).toBe(4028);
  });

  it('stays exact for the largest order that is taken', () => {
    const items = Array.from({ length: 100 }, () => ({ price: 1_000_000, quantity: 1000 }));

    expect(totalCents(items)).toBe(10_000_000_000_000);
    expect(Number.isSafeInteger(totalCents(items))).toBe(true);
  });
});
