import type { Clock } from './ports.ts';

/** Rejects when the promise has not settled after `timeoutMs`; what it does later is not waited for. */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  promise: Promise<T>,
): Promise<T> {
  const settled = new AbortController();
  const expiry = clock.sleep(timeoutMs, settled.signal).then((): never => {
    throw new Error(`no answer within ${timeoutMs} ms`);
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    // With a reason of its own: the usual one is an exception with a stack, made for each call.
    settled.abort('settled');
  }
}
