import type { ApiIdentity } from './eventV2.ts';
import { commonLogTime, type GatewayRequest } from './gatewayRequest.ts';
import type { GatewayAnswer } from './lambdaIntegration.ts';

/** What is known of a request once it has been answered. */
export interface Access extends GatewayAnswer {
  request: GatewayRequest;
  api: ApiIdentity;
  responseLength: number;
  responseLatencyMs: number;
}

type Read = (access: Access) => string | number | undefined;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
const VARIABLES = new Map<string, Read>(
  Object.entries({
    accountId: ({ api }) => api.accountId,
    apiId: ({ api }) => api.apiId,
    awsEndpointRequestId: () => undefined,
    domainName: ({ request }) => request.domainName,
    domainPrefix: ({ request }) => request.domainPrefix,
    'error.message': ({ errorMessage }) => errorMessage,
    'error.messageString': ({ errorMessage }) => errorMessage && JSON.stringify(errorMessage),
    extendedRequestId: ({ request }) => request.id,
    httpMethod: ({ request }) => request.method,
    'identity.sourceIp': ({ request }) => request.sourceIp,
    'identity.userAgent': ({ request }) => request.userAgent,
    'integration.error': ({ integrationErrorMessage }) => integrationErrorMessage,
    'integration.integrationStatus': ({ lambdaStatus }) => lambdaStatus,
    'integration.latency': ({ integrationLatencyMs }) => integrationLatencyMs,
    'integration.status': ({ integrationStatus }) => integrationStatus,
    integrationErrorMessage: ({ integrationErrorMessage }) => integrationErrorMessage,
    integrationLatency: ({ integrationLatencyMs }) => integrationLatencyMs,
    integrationStatus: ({ lambdaStatus }) => lambdaStatus,
    path: ({ request }) => request.path,
    protocol: ({ request }) => request.protocol,
    requestId: ({ request }) => request.id,
    requestTime: ({ request }) => commonLogTime(request.receivedAt),
    requestTimeEpoch: ({ request }) => request.receivedAt,
    responseLatency: ({ responseLatencyMs }) => responseLatencyMs,
    responseLength: ({ responseLength }) => responseLength,
    routeKey: ({ routeKey }) => routeKey,
    stage: () => '$default',
    status: ({ response }) => response.status,
  } satisfies Record<string, Read>),
);

const VARIABLE = /\$context\.([A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)/;

/** Compiles a stage's access log format once; a variable without a value is written as `-`. */
export function compileAccessLog(format: string): (access: Access) => string {
  const parts = format.split(VARIABLE);
  return (access) =>
    parts
      .map((part, index) => (index % 2 === 0 ? part : written(part, VARIABLES.get(part)?.(access))))
      .join('');
}

/** Escaped, so that a path or a user agent with a quotation mark cannot break a line of JSON. */
function written(name: string, value: string | number | undefined): string {
  if (value === undefined || value === '') return '-';
  if (typeof value === 'number' || name === 'error.messageString') return String(value);
  return JSON.stringify(value).slice(1, -1);
}
