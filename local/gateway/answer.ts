import type { IncomingMessage } from 'node:http';
import type { HttpApiModel } from '../template/model.ts';
import { isPreflight, preflightResponse, withCors } from './cors.ts';
import { eventV1 } from './eventV1.ts';
import { type ApiIdentity, eventV2 } from './eventV2.ts';
import { type GatewayRequest, headSize } from './gatewayRequest.ts';
import {
  type GatewayClock,
  type Invoke,
  integrate,
  type Outcome,
  ownAnswer,
} from './integration.ts';
import { readBody } from './requestBody.ts';
import { createRouter, type RouteMatch } from './routes.ts';
import { Throttle } from './throttle.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const LONGEST_HEAD_BYTES = 10_240;

export interface AnswerOptions {
  api: HttpApiModel;
  accountId: string;
  invoke: Invoke;
  clock: GatewayClock;
}

/** Decides what a request is answered: by the gateway itself, or by the function of its route. */
export function createAnswer({
  api,
  invoke,
  accountId,
  clock,
}: AnswerOptions): (request: GatewayRequest, message: IncomingMessage) => Promise<Outcome> {
  const route = createRouter(api.routes);
  const throttle = new Throttle(api, clock.now());
  const identity = identityOf(api, accountId);
  const { cors } = api;

  async function routed(
    request: GatewayRequest,
    message: IncomingMessage,
    match: RouteMatch,
  ): Promise<Outcome> {
    const { routeKey } = match.route;
    const body = await readBody(message);
    if (!body) return ownAnswer({ status: 413, text: 'Request Entity Too Large' }, { routeKey });
    request.headers.set('content-length', [String(body.length)]);
    const toEvent = match.route.payloadFormatVersion === '1.0' ? eventV1 : eventV2;
    const event = JSON.stringify(toEvent(request, match, body, identity));
    return integrate(match.route, event, invoke, clock);
  }

  return async (request, message) => {
    if (headSize(message) > LONGEST_HEAD_BYTES)
      return ownAnswer({ status: 431, text: 'Request Header Fields Too Large' });
    const match = route(request.method, request.encodedPath);
    const routeKey = match?.route.routeKey;
    if (!throttle.admits(routeKey, request.receivedAt))
      return ownAnswer({ status: 429, text: 'Too Many Requests' }, routeKey ? { routeKey } : {});
    if (cors && isPreflight(request)) return { response: preflightResponse(cors, request) };
    const outcome = match
      ? await routed(request, message, match)
      : ownAnswer({ status: 404, text: 'Not Found' });
    return cors ? { ...outcome, response: withCors(cors, request, outcome.response) } : outcome;
  };
}

/** What events and access logs say of an API. */
export const identityOf = (api: HttpApiModel, accountId: string): ApiIdentity => ({
  accountId,
  apiId: api.id,
  stageVariables: api.stageVariables,
});
