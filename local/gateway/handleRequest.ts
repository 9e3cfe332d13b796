import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { HttpApiModel } from '../template/model.ts';
import { Authorizers, Refusal } from './authorizer.ts';
import { isPreflight, preflightResponse, withCors } from './cors.ts';
import { eventV1 } from './eventV1.ts';
import { type ApiIdentity, eventV2 } from './eventV2.ts';
import { type GatewayRequest, headSize } from './gatewayRequest.ts';
import { JwtKeys } from './jwt.ts';
import { type GatewayAnswer, type Invoke, invokeRoute, ownAnswer } from './lambdaIntegration.ts';
import { readBody } from './requestBody.ts';
import { createRouter, type RouteMatch } from './routes.ts';
import { Throttling } from './routeThrottling.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const LONGEST_HEAD_BYTES = 10_240;

export interface HandlerOptions {
  api: HttpApiModel;
  accountId: string;
  region: string;
  invoke: Invoke;
  clock: Clock;
  /** Of JWT authorizers whose issuer is not on this machine. */
  jwksFile?: string | undefined;
}

/** Decides what a request is answered: by the gateway itself, or by the function of its route. */
export function createRequestHandler({
  api,
  invoke,
  accountId,
  region,
  clock,
  jwksFile,
}: HandlerOptions): (request: GatewayRequest, message: IncomingMessage) => Promise<GatewayAnswer> {
  const route = createRouter(api.routes);
  const throttling = new Throttling(api, clock.now());
  const identity = identityOf(api, accountId);
  const keys = new JwtKeys(jwksFile);
  const authorizers = new Authorizers({ invoke, clock, identity, region, keys });
  const { cors } = api;

  async function routed(
    request: GatewayRequest,
    message: IncomingMessage,
    match: RouteMatch,
  ): Promise<GatewayAnswer> {
    const { routeKey } = match.route;
    const caller = await authorizers.callerOf(request, match);
    const body = await readBody(message);
    if (!body) return ownAnswer({ status: 413, text: 'Request Entity Too Large' }, { routeKey });
    request.headers.set('content-length', [String(body.length)]);
    const toEvent = match.route.payloadFormatVersion === '1.0' ? eventV1 : eventV2;
    const event = JSON.stringify(toEvent(request, match, body, identity, caller));
    return invokeRoute(match.route, event, invoke, clock);
  }

  return async (request, message) => {
    if (headSize(message) > LONGEST_HEAD_BYTES)
      return ownAnswer({ status: 431, text: 'Request Header Fields Too Large' });
    const match = route(request.method, request.encodedPath);
    const routeKey = match?.route.routeKey;
    if (!throttling.admits(routeKey, request.receivedAt))
      return ownAnswer({ status: 429, text: 'Too Many Requests' }, routeKey ? { routeKey } : {});
    if (cors && isPreflight(request)) return { response: preflightResponse(cors, request) };
    const answer = match
      ? await routed(request, message, match).catch(refused(match))
      : ownAnswer({ status: 404, text: 'Not Found' });
    return cors ? { ...answer, response: withCors(cors, request, answer.response) } : answer;
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
const refused =
  ({ route: { routeKey } }: RouteMatch) =>
  (error: unknown): GatewayAnswer => {
    if (!(error instanceof Refusal)) throw error;
    const { status, message: text } = error;
    const answer = ownAnswer({ status, text }, { routeKey });
    if (status === 401) answer.response.headers.push(['www-authenticate', 'Bearer']);
    return answer;
  };

/** What events and access logs say of an API. */
export const identityOf = (api: HttpApiModel, accountId: string): ApiIdentity => ({
  accountId,
  apiId: api.id,
  stageVariables: api.stageVariables,
});
