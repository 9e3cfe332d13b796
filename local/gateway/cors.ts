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
  const { allowMethods, allowHeaders, maxAgeSeconds } = cors;
  const headers = toAllowedOrigin(cors, request, [
    ...list('access-control-allow-methods', allowMethods),
    ...list('access-control-allow-headers', allowHeaders),
    ...list('access-control-max-age', maxAgeSeconds === undefined ? [] : [String(maxAgeSeconds)]),
  ]);
  return { status: 204, headers, body: '' };
}

/** Replaces the function's own CORS headers, which the gateway ignores once the API has a configuration. */
export function withCors(
  cors: CorsModel,
  request: GatewayRequest,
  response: GatewayResponse,
): GatewayResponse {
  const own = response.headers.filter(([name]) => !name.startsWith('access-control-'));
  const exposed = list('access-control-expose-headers', cors.exposeHeaders);
  return { ...response, headers: [...own, ...toAllowedOrigin(cors, request, exposed)] };
}

/** None for a request without an origin, and for an origin that is not allowed. */
function toAllowedOrigin(
  cors: CorsModel,
  { headers }: GatewayRequest,
  further: Header[],
): Header[] {
  const origin = headers.get('origin')?.[0];
  if (origin === undefined) return [];
  const matched = cors.allowOrigins.find((pattern) => originMatches(pattern, origin));
  if (matched === undefined) return [];
  return [
    ['access-control-allow-origin', matched === '*' ? '*' : origin],
    ...list('access-control-allow-credentials', cors.allowCredentials ? ['true'] : []),
    ...further,
  ];
}

/** `*`, `https://*` (every origin of that scheme) or one origin. */
const originMatches = (pattern: string, origin: string): boolean =>
  pattern.endsWith('*') ? origin.startsWith(pattern.slice(0, -1)) : pattern === origin;

const list = (name: string, values: string[]): Header[] =>
  values.length === 0 ? [] : [[name, values.join(',')]];
