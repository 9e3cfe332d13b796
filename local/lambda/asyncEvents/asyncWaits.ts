/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const RETRY_WAITS_MS = [1 * MINUTE_MS, 2 * MINUTE_MS];
const LONGEST_BACK_OFF_MS = 5 * MINUTE_MS;
/** Events that were throttled together do not come back together. */
const BACK_OFF_SPREAD = 1.5;

/** Until the next attempt after so many that ended in a function error. */
export function retryWaitMs(failedAttempts: number): number {
  return RETRY_WAITS_MS[failedAttempts - 1] ?? 0;
}

/**
 * Until the next attempt after so many throttles and system errors in a row: from one second up to five minutes, spread
 * by a fraction that is drawn by lot.
 */
export function backOffMs(throttles: number, fraction: number): number {
  const doubledMs = SECOND_MS * 2 ** (throttles - 1);
  const shortestMs = Math.min(doubledMs, LONGEST_BACK_OFF_MS / BACK_OFF_SPREAD);
  return shortestMs * (1 + fraction * (BACK_OFF_SPREAD - 1));
}
