import type { Clock } from '../clock.ts';
import { LambdaApiError } from '../lambda/errors.ts';
import { functionResponse, type GatewayResponse, type Header } from './integrationResponse.ts';
import type { Route } from './routes.ts';

/** Calls a Lambda function and waits for its result; `lambda.invoke` is one. */
export type Invoke = (
  functionName: string,
  payload: string,
) => Promise<{ payload: string; functionError?: string }>;

/** An answer, and how it came about, for the access log. */
export interface GatewayAnswer {
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

class IntegrationTimeoutError extends Error {}

const SERVICE_UNAVAILABLE = { status: 503, text: 'Service Unavailable' };
const INTERNAL_ERROR = { status: 500, text: 'Internal Server Error' };

/**
 * What a client gets for an error of Lambda's, by the status that Lambda gives it. Every other one is 500. AWS
 * documents neither that of a throttled function, which is as that of a timeout, nor that of a timeout:
 * https://github.com/anomalyco/sst/issues/2232. A request that is too large for Lambda:
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
const BY_LAMBDA_STATUS: Record<number, { status: number; text: string }> = {
  413: { status: 413, text: 'Request Entity Too Large' },
  429: SERVICE_UNAVAILABLE,
};

/**
 * Calls a route's function. A function that outlives the integration's time limit goes on; its result is dropped.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export async function invokeRoute(
  route: Route,
  event: string,
  invoke: Invoke,
  clock: Clock,
): Promise<GatewayAnswer> {
  const startedAt = clock.now();
  const answer = await resultOf(route, event, invoke, clock).catch(failure);
  return {
    ...answer,
    routeKey: route.routeKey,
    integrationLatencyMs: clock.now() - startedAt,
  };
}

async function resultOf(
  route: Route,
  event: string,
  invoke: Invoke,
  clock: Clock,
): Promise<GatewayAnswer> {
  const result = await within(route.timeoutMs, clock, invoke(route.functionName, event));
  const lambdaStatus = 200;
  const useless = (integrationErrorMessage: string) =>
    ownAnswer(INTERNAL_ERROR, { integrationErrorMessage, lambdaStatus });
  if (result.functionError !== undefined)
    return useless(`The Lambda function failed: ${result.functionError}`);
  try {
    const response = functionResponse(result.payload, route.payloadFormatVersion);
    return { response, integrationStatus: response.status, lambdaStatus };
  } catch (error) {
    return useless((error as Error).message);
  }
}

function failure(error: Error): GatewayAnswer {
  const integrationErrorMessage = error.message;
  if (error instanceof IntegrationTimeoutError)
    return ownAnswer(SERVICE_UNAVAILABLE, { integrationErrorMessage });
  const lambdaStatus = error instanceof LambdaApiError ? error.statusCode : 500;
  const seen = BY_LAMBDA_STATUS[lambdaStatus] ?? INTERNAL_ERROR;
  return ownAnswer(seen, { integrationErrorMessage, lambdaStatus });
}

/** What goes out in place of an answer that cannot be written to the client. */
export const unservable = (answer: GatewayAnswer, error: Error): GatewayAnswer => ({
  ...answer,
  ...ownAnswer(INTERNAL_ERROR, { integrationErrorMessage: error.message }),
});

/** An answer of the gateway itself. */
export function ownAnswer(
  { status, text }: { status: number; text: string },
  details: Omit<GatewayAnswer, 'response'> = {},
): GatewayAnswer {
  const headers: Header[] = [['content-type', 'application/json']];
  const response = { status, headers, body: `{"message":"${text}"}` };
  return { response, errorMessage: text, ...details };
}

function within<T>(timeoutMs: number, clock: Clock, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timeOut = () =>
    reject(new IntegrationTimeoutError(`The integration did not answer in ${timeoutMs} ms`));
  const timer = clock.setTimeout(timeOut, timeoutMs);
  return Promise.race([work, late]).finally(() => clock.clearTimeout(timer));
}
