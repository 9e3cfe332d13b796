import type { Clock } from './ports.ts';

/** Rejects when the promise has not settled after `timeoutMs`; what it does later is not waited for. */
export function withTimeout<T>(clock: Clock, timeoutMs: number, promise: Promise<T>): Promise<T> {
  const { promise: expiry, reject } = Promise.withResolvers<never>();
  const callOff = clock.after(timeoutMs, () =>
    reject(new Error(`no answer within ${timeoutMs} ms`)),
  );
  return Promise.race([promise, expiry]).finally(callOff);
}
