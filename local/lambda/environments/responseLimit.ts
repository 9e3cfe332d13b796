import type { InvocationOutcome } from './executionEnvironment.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB each for request and response */
const RESPONSE_LIMIT_BYTES = 6_291_556;

/** Turns an answer that is too large into the error that Lambda makes of it. */
export function limitResponse(outcome: InvocationOutcome): InvocationOutcome {
  // A character takes at most three bytes of UTF-8, so most answers need no counting.
  if (outcome.payload.length * 3 <= RESPONSE_LIMIT_BYTES) return outcome;
  if (Buffer.byteLength(outcome.payload) <= RESPONSE_LIMIT_BYTES) return outcome;
  const payload = JSON.stringify({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT_BYTES} bytes).`,
  });
  return { ...outcome, payload, isError: true };
}
