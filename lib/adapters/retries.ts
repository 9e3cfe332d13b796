import { isThrottlingError, isTransientError, StandardRetryStrategy } from '@smithy/core/retry';
import { MAX_ATTEMPTS } from './awsLimits.ts';

type Failure = Parameters<typeof isThrottlingError>[0];

/** For the calls of one client: tries again what the SDK's `standard` mode would, as often, and after the same waits. */
export function retrier() {
  const retries = new StandardRetryStrategy(MAX_ATTEMPTS);

  return async <Output>(attempt: () => Promise<Output>): Promise<Output> => {
    let token = await retries.acquireInitialRetryToken('');
    let isRefused = true;
    for (;;) {
      try {
        const output = await attempt();
        retries.recordSuccess(token);
        return output;
      } catch (thrown) {
        const error = thrown as Failure;
        isRefused &&= isThrottlingError(error);
        token = await retries.refreshRetryTokenForRetry(token, retryInfo(error)).catch(() => {
          throw Object.assign(error, { isRefused });
        });
      }
    }
  };
}

function retryInfo(error: Failure) {
  const refused = isThrottlingError(error) ? 'THROTTLING' : undefined;
  const errorType = refused ?? (isTransientError(error) ? 'TRANSIENT' : 'CLIENT_ERROR');
  return { error, errorType } as const;
}

/** Whether every attempt of the call was turned away for load, so that nothing of it was done. */
export const wasRefused = (error: unknown): boolean =>
  error instanceof Error && 'isRefused' in error && error.isRefused === true;
