import type { Clock } from '../local/clock.ts';
import type { GatewayResponse } from '../local/gateway/integrationResponse.ts';
import { type Invoke, invokeRoute, ownAnswer } from '../local/gateway/lambdaIntegration.ts';
import type { Route } from '../local/gateway/routes.ts';
import { type ThrottledApi, Throttling } from '../local/gateway/routeThrottling.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_TIMEOUT_MS = 30_000;

export interface GatewayOptions {
  clock: Clock;
  /** The function of each route. */
  routes: Record<string, string>;
  invoke: Invoke;
  throttling?: Partial<Pick<ThrottledApi, 'throttling' | 'routeThrottling'>>;
}

/** The local runtime's HTTP API without HTTP: its throttling, its time limit, and what it answers for a function. */
export class SimulatedGateway {
  readonly #options: GatewayOptions;
  readonly #throttling: Throttling;
  readonly #routes: Map<string, Route>;

  constructor(options: GatewayOptions) {
    const { routes, throttling, clock } = options;
    const routeKeys = Object.keys(routes).map((routeKey) => ({ routeKey }));
    const limits = { throttling: undefined, routeThrottling: {}, ...throttling };
    this.#options = options;
    this.#routes = new Map(Object.entries(routes).map((route) => [route[0], routeOf(...route)]));
    this.#throttling = new Throttling({ routes: routeKeys, ...limits }, clock.now());
  }

  async request(routeKey: string, event: object): Promise<GatewayResponse> {
    const { clock, invoke } = this.#options;
    if (!this.#throttling.admits(routeKey, clock.now()))
      return ownAnswer({ status: 429, text: 'Too Many Requests' }).response;
    const route = this.#routes.get(routeKey) ?? routeOf(routeKey, '');
    const answer = await invokeRoute(route, JSON.stringify(event), invoke, clock);
    return answer.response;
  }
}

const routeOf = (routeKey: string, functionName: string): Route => ({
  ...{ routeKey, functionName, timeoutMs: INTEGRATION_TIMEOUT_MS },
  payloadFormatVersion: '2.0',
});
