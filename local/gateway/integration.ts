import { functionResponse, type GatewayResponse, message } from './gatewayResponse.ts';
import type { Route } from './routes.ts';

/** Calls a Lambda function and waits for its result; `lambda.invoke` is one. */
export type Invoke = (
  functionName: string,
  payload: string,
) => Promise<{ payload: string; functionError?: string }>;

export interface GatewayClock {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** An answer, and how it came about, for the access log. */
export interface Outcome {
  response: GatewayResponse;
  routeKey?: string;
  /** Absent where no function was called. */
  integrationLatencyMs?: number;
  integrationErrorMessage?: string;
  /** What the function itself answered. */
  integrationStatus?: number;
  /** What Lambda answered for it: 200 whenever the function ran, 429 when it was throttled. */
  lambdaStatus?: number;
  /** The text of an answer that the gateway gave itself. */
  errorMessage?: string;
}

class IntegrationTimeoutError extends Error {
  override name = 'IntegrationTimeoutError';
}

/**
 * What a client sees of a call that gave no result, by the error's name. Every other one is 500.
 * The timeout: https://github.com/anomalyco/sst/issues/2232. The throttled function has the same answer; AWS documents
 * neither. A request that is too large for Lambda: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
const FAILURES: Record<string, { status: number; text: string; lambdaStatus?: number }> = {
  ThrottledError: { status: 503, text: 'Service Unavailable', lambdaStatus: 429 },
  IntegrationTimeoutError: { status: 503, text: 'Service Unavailable' },
  PayloadTooLargeError: { status: 413, text: 'Request Entity Too Large', lambdaStatus: 413 },
};
const INTERNAL_ERROR = { status: 500, text: 'Internal Server Error' };

/**
 * Calls a route's function. A function that outlives the integration's time limit goes on; its result is dropped.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export async function integrate(
  route: Route,
  event: string,
  invoke: Invoke,
  clock: GatewayClock,
): Promise<Outcome> {
  const startedAt = performance.now();
  const outcome = await answer(route, event, invoke, clock).catch(failure);
  return {
    ...outcome,
    routeKey: route.routeKey,
    integrationLatencyMs: Math.round(performance.now() - startedAt),
  };
}

async function answer(
  route: Route,
  event: string,
  invoke: Invoke,
  clock: GatewayClock,
): Promise<Outcome> {
  const result = await within(route.timeoutMs, clock, invoke(route.functionName, event));
  if (result.functionError !== undefined)
    return ownAnswer(INTERNAL_ERROR, {
      integrationErrorMessage: `The Lambda function failed: ${result.functionError}`,
      lambdaStatus: 200,
    });
  try {
    const response = functionResponse(result.payload, route.payloadFormatVersion);
    return { response, integrationStatus: response.status, lambdaStatus: 200 };
  } catch (error) {
    return ownAnswer(INTERNAL_ERROR, {
      integrationErrorMessage: (error as Error).message,
      lambdaStatus: 200,
    });
  }
}

function failure(error: Error): Outcome {
  const { lambdaStatus, ...own } = FAILURES[error.name] ?? INTERNAL_ERROR_OF_LAMBDA;
  return ownAnswer(own, {
    integrationErrorMessage: error.message,
    ...(lambdaStatus !== undefined && { lambdaStatus }),
  });
}

/** What goes out in place of an answer that cannot be written to the client. */
export const unservable = (outcome: Outcome, error: Error): Outcome => ({
  ...outcome,
  ...ownAnswer(INTERNAL_ERROR, { integrationErrorMessage: error.message }),
});

const INTERNAL_ERROR_OF_LAMBDA = { ...INTERNAL_ERROR, lambdaStatus: 500 };

/** An answer of the gateway itself. */
export function ownAnswer(
  { status, text }: { status: number; text: string },
  details: Omit<Outcome, 'response'> = {},
): Outcome {
  return { response: message(status, text), errorMessage: text, ...details };
}

function within<T>(timeoutMs: number, clock: GatewayClock, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(
      () =>
        reject(new IntegrationTimeoutError(`The integration did not answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    work.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}
