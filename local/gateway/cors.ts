import type { CorsModel } from '../template/model.ts';
import type { GatewayRequest } from './gatewayRequest.ts';
import type { GatewayResponse, Header } from './integrationResponse.ts';

/** A preflight names its origin and the method it asks for; any other OPTIONS request is routed. */
export function isPreflight({ method, headers }: GatewayRequest): boolean {
  return (
    method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
  );
}

/**
 * The gateway's own answer to a preflight, whether or not there is an OPTIONS route.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function preflightResponse(cors: CorsModel, request: GatewayRequest): GatewayResponse {
  const allowed = allowOrigin(cors, request);
  const headers: Header[] = allowed
    ? [
        ...allowed,
        ...list('access-control-allow-methods', cors.allowMethods),
        ...list('access-control-allow-headers', cors.allowHeaders),
        ...(cors.maxAgeSeconds === undefined
          ? []
          : [['access-control-max-age', String(cors.maxAgeSeconds)] as Header]),
      ]
    : [];
  return { status: 204, headers, body: '' };
}

/** Replaces the function's own CORS headers, which the gateway ignores once the API has a configuration. */
export function withCors(
  cors: CorsModel,
  request: GatewayRequest,
  response: GatewayResponse,
): GatewayResponse {
  const own = response.headers.filter(([name]) => !name.startsWith('access-control-'));
  const allowed = allowOrigin(cors, request);
  const exposed = allowed ? list('access-control-expose-headers', cors.exposeHeaders) : [];
  return { ...response, headers: [...own, ...(allowed ?? []), ...exposed] };
}

/** Undefined for a request without an origin, and for an origin that is not allowed. */
function allowOrigin(cors: CorsModel, { headers }: GatewayRequest): Header[] | undefined {
  const origin = headers.get('origin')?.[0];
  if (origin === undefined) return undefined;
  const matched = cors.allowOrigins.find((pattern) => originMatches(pattern, origin));
  if (matched === undefined) return undefined;
  return [
    ['access-control-allow-origin', matched === '*' ? '*' : origin],
    ...(cors.allowCredentials
      ? [['access-control-allow-credentials', 'true'] satisfies Header]
      : []),
  ];
}

/** `*`, `https://*` (every origin of that scheme) or one origin. */
const originMatches = (pattern: string, origin: string): boolean =>
  pattern.endsWith('*') ? origin.startsWith(pattern.slice(0, -1)) : pattern === origin;

const list = (name: string, values: string[]): Header[] =>
  values.length === 0 ? [] : [[name, values.join(',')]];
