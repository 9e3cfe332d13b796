import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { addsUp, WRONG } from '../testing/stockHistories.ts';

/** Hundreds of histories take seconds on a machine that is busy. */
jest.setTimeout(60_000);

describe('a stock', () => {
  it('adds up whatever call fails, gets no answer, arrives late or kills its caller', async () => {
    await fc.assert(addsUp(), { numRuns: 150 });
  });

  it.each(Object.entries(WRONG))(
    'of a service that %s is found in 200 histories',
    async (_, service) => {
      const { failed } = await fc.check(addsUp(service), { numRuns: 200, endOnFailure: true });

      expect(failed).toBe(true);
    },
  );
});
