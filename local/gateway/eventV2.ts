import { commonLogTime, type GatewayRequest, queryParameters } from './gatewayRequest.ts';
import { eventBody } from './requestBody.ts';
import type { RouteMatch } from './routes.ts';

/** What an event says of who was let in, in the shape of each payload format. */
export interface Caller {
  v1: Record<string, unknown>;
  v2: Record<string, unknown>;
}

/** What an event says of the API, whatever the request. */
export interface ApiIdentity {
  accountId: string;
  apiId: string;
  stageVariables: Record<string, string>;
}

/**
 * The event of payload format 2.0. Fields without a value are left out, as on AWS.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.proxy-format
 */
export function eventV2(
  request: GatewayRequest,
  { route, pathParameters }: RouteMatch,
  body: Buffer,
  api: ApiIdentity,
  caller?: Caller,
): Record<string, unknown> {
  const cookies = request.headers.get('cookie')?.flatMap(splitCookies);
  const query = queryParameters(request.rawQuery);
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: request.path,
    rawQueryString: request.rawQuery,
    ...(cookies && { cookies }),
    headers: joinHeaders(request.headers),
    ...(query && { queryStringParameters: joinValues(query) }),
    requestContext: {
      accountId: api.accountId,
      apiId: api.apiId,
      ...(caller && { authorizer: caller.v2 }),
      domainName: request.domainName,
      domainPrefix: request.domainPrefix,
      http: {
        method: request.method,
        path: request.path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: request.userAgent,
      },
      requestId: request.id,
      routeKey: route.routeKey,
      stage: '$default',
      time: commonLogTime(request.receivedAt),
      timeEpoch: request.receivedAt,
    },
    ...(pathParameters && { pathParameters }),
    ...(Object.keys(api.stageVariables).length > 0 && { stageVariables: api.stageVariables }),
    ...eventBody(request.headers, body),
  };
}

const splitCookies = (header: string): string[] =>
  header
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '');

/** Format 2.0 has cookies in a field of their own, not among the headers. */
function joinHeaders(headers: Map<string, string[]>): Record<string, string> {
  const joined = joinValues(headers);
  delete joined.cookie;
  return joined;
}

/** `fromEntries` makes own properties even of a name such as `__proto__`. */
const joinValues = (values: Map<string, string[]>): Record<string, string> =>
  Object.fromEntries([...values].map(([name, list]) => [name, list.join(',')]));
