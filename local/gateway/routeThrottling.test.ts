import { afterEach, describe, expect, it } from '@jest/globals';
import { ACCOUNT_LIMIT, Throttling, TokenBucket } from './routeThrottling.ts';
import { httpApi, route, startGateway, stopGateways } from './testing/gateway.ts';

afterEach(stopGateways);

const admitted = (times: number, take: () => boolean): number =>
  Array.from({ length: times }, take).filter(Boolean).length;

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
describe('throttling', () => {
  it('admits a burst, then the rate', () => {
    const bucket = new TokenBucket({ rateLimit: 100, burstLimit: 20 }, 0);
    expect(admitted(50, () => bucket.take(0))).toBe(20);
    expect(admitted(50, () => bucket.take(100))).toBe(10);
    expect(admitted(50, () => bucket.take(60_000))).toBe(20);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
  it('limits an account to 10,000 requests a second and a burst of 5,000', () => {
    const throttling = new Throttling(httpApi(), 0);
    expect(admitted(6_000, () => throttling.admits(undefined, 0))).toBe(5_000);
    expect(admitted(6_000, () => throttling.admits(undefined, 100))).toBe(1_000);
    expect(ACCOUNT_LIMIT).toEqual({ rateLimit: 10_000, burstLimit: 5_000 });
  });

  it('gives each route the limits of the stage, or its own where it has some', () => {
    const throttling = new Throttling(
      httpApi({
        routes: [route('GET /a'), route('GET /b')],
        throttling: { rateLimit: 1, burstLimit: 2 },
        routeThrottling: { 'GET /b': { rateLimit: 1, burstLimit: 3 } },
      }),
      0,
    );
    expect(admitted(9, () => throttling.admits('GET /a', 0))).toBe(2);
    expect(admitted(9, () => throttling.admits('GET /b', 0))).toBe(3);
  });

  it('answers 429 beyond the limit, without calling the function', async () => {
    const { send, events } = await startGateway({
      api: { throttling: { rateLimit: 0.001, burstLimit: 1 } },
    });
    const answers = [await send('/'), await send('/')];
    expect(answers.map(({ status }) => status)).toEqual([204, 429]);
    expect(answers[1]?.body).toBe('{"message":"Too Many Requests"}');
    expect(events).toHaveLength(1);
  });

  // https://qiita.com/take_me/items/849af01398498cb156eb
  it('answers everyone 429 when the limits are 0', async () => {
    const { send } = await startGateway({ api: { throttling: { rateLimit: 0, burstLimit: 0 } } });
    expect((await send('/')).status).toBe(429);
  });
});
