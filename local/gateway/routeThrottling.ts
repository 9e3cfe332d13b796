import type { HttpApiModel, ThrottlingModel } from '../template/model.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
export const ACCOUNT_LIMIT: ThrottlingModel = { rateLimit: 10_000, burstLimit: 5_000 };

/** A bucket of `burstLimit` tokens that fills at `rateLimit` a second; a request takes one. */
export class TokenBucket {
  readonly #limit: ThrottlingModel;
  #tokens: number;
  #filledAt: number;

  constructor(limit: ThrottlingModel, now: number) {
    this.#limit = limit;
    this.#tokens = limit.burstLimit;
    this.#filledAt = now;
  }

  take(now: number): boolean {
    const { rateLimit, burstLimit } = this.#limit;
    const filled = this.#tokens + (Math.max(0, now - this.#filledAt) / 1000) * rateLimit;
    this.#tokens = Math.min(burstLimit, filled);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** What says how much a route takes. */
export type ThrottledApi = Pick<HttpApiModel, 'throttling' | 'routeThrottling'> & {
  routes: Pick<HttpApiModel['routes'][number], 'routeKey'>[];
};

/**
 * The account's limit over all requests, and each route's own: its settings, else the stage's default.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export class Throttling {
  readonly #account: TokenBucket;
  readonly #routes: Map<string, TokenBucket>;

  constructor(api: ThrottledApi, now: number, account = ACCOUNT_LIMIT) {
    this.#account = new TokenBucket(account, now);
    this.#routes = new Map(
      api.routes.flatMap(({ routeKey }) => {
        const limit = api.routeThrottling[routeKey] ?? api.throttling;
        return limit ? [[routeKey, new TokenBucket(limit, now)]] : [];
      }),
    );
  }

  admits(routeKey: string | undefined, now: number): boolean {
    if (!this.#account.take(now)) return false;
    return routeKey === undefined || (this.#routes.get(routeKey)?.take(now) ?? true);
  }
}
