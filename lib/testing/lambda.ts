import { jest } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { orderRequest } from './world.ts';

export const lambdaContext = (): Context => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'flash-sale-test',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:flash-sale-test',
  memoryLimitInMB: '256',
  awsRequestId: 'request-1',
  logGroupName: '/aws/lambda/flash-sale-test',
  logStreamName: 'stream',
  getRemainingTimeInMillis: () => 10_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
});

/** A POST in payload format 2.0; a body that is not text is sent as JSON. */
export function postEvent(
  body: unknown = orderRequest(),
  overrides: {
    headers?: Record<string, string>;
    way?: string;
    query?: Record<string, string>;
    isBase64Encoded?: boolean;
  } = {},
): APIGatewayProxyEventV2 {
  const { headers = {}, way, isBase64Encoded = false } = overrides;
  const query = { ...overrides.query, ...(way !== undefined && { way }) };
  return {
    version: '2.0',
    routeKey: 'POST /orders/async',
    rawPath: '/orders/async',
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { 'content-type': 'application/json', ...headers },
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: {} as APIGatewayProxyEventV2['requestContext'],
    body: typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded,
  };
}

type Line = Record<string, unknown>;

/** Keeps what functions write to their log, until the tests' mocks are restored. */
export function captureLog() {
  const lines: Line[] = [];
  const keep = (chunk: unknown) => {
    lines.push(JSON.parse(String(chunk)) as Line);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  const metricLines = () => lines.filter((line) => '_aws' in line);
  return {
    lines,
    metricLines,
    messages: () => lines.filter((line) => 'message' in line),
    /** The sum of a metric over all lines, or of those with this way. */
    sum: (name: string, way?: string) =>
      metricLines()
        .filter((line) => way === undefined || line.way === way)
        .flatMap((line) => line[name] ?? [])
        .reduce((sum: number, value) => sum + Number(value), 0),
  };
}
