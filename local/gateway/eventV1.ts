import type { ApiIdentity, Caller } from './eventV2.ts';
import { commonLogTime, type GatewayRequest, queryParameters } from './gatewayRequest.ts';
import { eventBody } from './requestBody.ts';
import type { RouteMatch } from './routes.ts';

const NO_IDENTITY = Object.fromEntries(
  `accessKey accountId caller cognitoAmr cognitoAuthenticationProvider cognitoAuthenticationType
   cognitoIdentityId cognitoIdentityPoolId principalOrgId user userArn`
    .split(/\s+/)
    .map((name) => [name, null]),
);

/**
 * The event of payload format 1.0. Fields without a value are null, as on AWS.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.proxy-format
 */
export function eventV1(
  request: GatewayRequest,
  { route, pathParameters }: RouteMatch,
  body: Buffer,
  api: ApiIdentity,
  caller?: Caller,
): Record<string, unknown> {
  const resource = route.routeKey.split(' ')[1] ?? route.routeKey;
  const query = queryParameters(request.rawQuery);
  const headers = spelledHeaders(request.headers, body);
  return {
    version: '1.0',
    resource,
    path: request.path,
    httpMethod: request.method,
    headers: lastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: query ? lastValues(query) : null,
    multiValueQueryStringParameters: query ? Object.fromEntries(query) : null,
    requestContext: {
      ...requestContext(request, resource, api),
      ...(caller && { authorizer: caller.v1 }),
    },
    pathParameters: pathParameters ?? null,
    stageVariables: Object.keys(api.stageVariables).length > 0 ? api.stageVariables : null,
    body: null,
    ...eventBody(request.headers, body),
  };
}

/** Of what the gateway sets or reads itself; all others stay in lower case. */
const SPELLED = new Map(
  `Content-Length Host User-Agent X-Amzn-Trace-Id X-Forwarded-For X-Forwarded-Port
   X-Forwarded-Proto`
    .split(/\s+/)
    .map((name) => [name.toLowerCase(), name]),
);

/** As recorded events of the format have them, a length of 0 included. */
function spelledHeaders(headers: Map<string, string[]>, body: Buffer): Map<string, string[]> {
  const whole = new Map([['content-length', [String(body.length)]], ...headers]);
  return new Map([...whole].map(([name, values]) => [SPELLED.get(name) ?? name, values]));
}

function requestContext(request: GatewayRequest, resourcePath: string, api: ApiIdentity): object {
  return {
    accountId: api.accountId,
    apiId: api.apiId,
    domainName: request.domainName,
    domainPrefix: request.domainPrefix,
    extendedRequestId: request.id,
    httpMethod: request.method,
    identity: { ...NO_IDENTITY, sourceIp: request.sourceIp, userAgent: request.userAgent },
    path: request.path,
    protocol: request.protocol,
    requestId: request.id,
    requestTime: commonLogTime(request.receivedAt),
    requestTimeEpoch: request.receivedAt,
    resourceId: resourcePath,
    resourcePath,
    stage: '$default',
  };
}

/** The single-value fields of format 1.0 hold the last of several values. */
const lastValues = (values: Map<string, string[]>): Record<string, string | undefined> =>
  Object.fromEntries([...values].map(([name, list]) => [name, list.at(-1)]));
