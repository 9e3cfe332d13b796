import { describe, expect, it } from '@jest/globals';
import { ConcurrencyLimits } from './concurrency.ts';

const functions = (reserved: Record<string, number | undefined>) =>
  Object.entries(reserved).map(([name, reservedConcurrency]) => ({ name, reservedConcurrency }));

const RESERVED = 'ReservedFunctionConcurrentInvocationLimitExceeded';
const ACCOUNT = 'ConcurrentInvocationLimitExceeded';

// https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
describe('concurrency', () => {
  it('of a function with a reservation ends at it, whatever the account has left', () => {
    const limits = new ConcurrencyLimits(1000, functions({ worker: 2, intake: undefined }));
    limits.acquire('worker');
    limits.acquire('worker');

    expect(() => limits.acquire('worker')).toThrow(expect.objectContaining({ reason: RESERVED }));
    limits.release('worker');

    expect(() => limits.acquire('worker')).not.toThrow();
  });

  it("of all other functions together ends at the account's quota less all reservations", () => {
    const limits = new ConcurrencyLimits(
      103,
      functions({ worker: 3, intake: undefined, status: undefined }),
    );
    for (let running = 0; running < 60; running++) limits.acquire('intake');
    for (let running = 0; running < 40; running++) limits.acquire('status');

    expect(() => limits.acquire('intake')).toThrow(expect.objectContaining({ reason: ACCOUNT }));
    expect(() => limits.acquire('worker')).not.toThrow();
  });

  it('is refused to every invocation of a function that reserves 0', () => {
    const limits = new ConcurrencyLimits(1000, functions({ worker: 0 }));

    expect(() => limits.acquire('worker')).toThrow(expect.objectContaining({ reason: RESERVED }));
  });

  it('can be reserved up to what leaves 100 for the others', () => {
    const limits = new ConcurrencyLimits(1000, functions({ worker: undefined, intake: 300 }));

    expect(() => limits.reserve('worker', 600)).not.toThrow();
    expect(() => limits.reserve('worker', 601)).toThrow(
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    );
    expect(limits.usage('worker').reserved).toBe(600);
  });

  // The text of new accounts: https://repost.aws/knowledge-center/lambda-concurrency-limit-increase
  it('cannot be reserved at all by an account with a quota of 10', () => {
    expect(() => new ConcurrencyLimits(10, functions({ worker: 2 }))).toThrow(
      'minimum value of [10]',
    );
  });

  it('that is lowered while more is running lets that finish and admits nothing new until there is room', () => {
    const limits = new ConcurrencyLimits(1000, functions({ worker: 3 }));
    for (let running = 0; running < 3; running++) limits.acquire('worker');

    limits.reserve('worker', 2);
    limits.release('worker');

    expect(() => limits.acquire('worker')).toThrow(expect.objectContaining({ reason: RESERVED }));
    limits.release('worker');
    expect(() => limits.acquire('worker')).not.toThrow();
    expect(limits.usage('worker')).toEqual({ running: 2, peak: 3, reserved: 2 });
  });

  it('goes back to the unreserved pool with the reservation, running invocations included', () => {
    const limits = new ConcurrencyLimits(200, functions({ worker: 50 }));
    limits.acquire('worker');
    expect([limits.unreservedLimit, limits.unreservedRunning]).toEqual([150, 0]);

    limits.reserve('worker', undefined);

    expect([limits.unreservedLimit, limits.unreservedRunning]).toEqual([200, 1]);
  });
});
