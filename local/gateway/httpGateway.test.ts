import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../clock.ts';
import { FunctionNotFoundError, PayloadTooLargeError, ThrottledError } from '../lambda/errors.ts';
import { route, startGateway, stopGateways } from './testing/gateway.ts';

afterEach(stopGateways);

const failing = (error: Error) => () => Promise.reject(error);

/** A clock whose timers run when the test says so. */
function manualClock(): Clock & { timers: { delayMs: number; run: () => void }[] } {
  const timers: { delayMs: number; run: () => void }[] = [];
  return {
    timers,
    now: () => Date.now(),
    setTimeout: (run, delayMs) => timers.push({ delayMs, run }),
    clearTimeout: () => {},
  };
}

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
describe('the HTTP API', () => {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation
  it('answers 404 {"message":"Not Found"} where no route matches', async () => {
    const { send, events } = await startGateway({ api: { routes: [route('GET /health')] } });
    const answers = [await send('/nothing'), await send('/health', { method: 'POST', body: 'x' })];
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
    expect(events).toHaveLength(0);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html (requestId)
  it('names each request in the apigw-requestid header and in its event', async () => {
    const { send, events } = await startGateway();
    const { headers } = await send('/');
    expect(headers['apigw-requestid']).toBe(events[0].requestContext.requestId);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
  it('answers 500 {"message":"Internal Server Error"} when the function fails', async () => {
    const { send } = await startGateway({
      invoke: async () => ({ payload: '{"errorMessage":"secret"}', functionError: 'Unhandled' }),
    });
    expect(await send('/')).toMatchObject({
      status: 500,
      body: '{"message":"Internal Server Error"}',
    });
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
  it('answers 500 when the result has not the format of a response', async () => {
    const { send } = await startGateway({ respond: () => ({ statusCode: 'abc' }) });
    expect(await send('/')).toMatchObject({
      status: 500,
      body: '{"message":"Internal Server Error"}',
    });
  });

  // No AWS text; 503 for throttles and timeouts alike: https://github.com/anomalyco/sst/issues/2232
  it('answers 503 {"message":"Service Unavailable"} at once when the function is throttled', async () => {
    const { send } = await startGateway({
      invoke: failing(new ThrottledError('ConcurrentInvocationLimitExceeded')),
    });
    expect(await send('/')).toMatchObject({
      status: 503,
      body: '{"message":"Service Unavailable"}',
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (RequestTooLargeException, 413)
  it('answers 413 when the event is larger than Lambda takes', async () => {
    const { send } = await startGateway({
      invoke: failing(new PayloadTooLargeError(7_000_000, 6_291_456)),
    });
    expect(await send('/')).toMatchObject({
      status: 413,
      body: '{"message":"Request Entity Too Large"}',
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
  it('answers 500 when Lambda itself fails', async () => {
    const { send } = await startGateway({ invoke: failing(new FunctionNotFoundError('function')) });
    expect((await send('/')).status).toBe(500);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (integration timeout)
  it('answers 503 after the time limit of the integration, and the function goes on', async () => {
    const clock = manualClock();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    const { send } = await startGateway({
      clock,
      respond: async () => {
        start();
        await released;
        finish();
      },
    });
    const answer = send('/');
    await started;
    expect(clock.timers.map(({ delayMs }) => delayMs)).toEqual([30_000]);
    clock.timers[0]?.run();
    expect(await answer).toMatchObject({
      status: 503,
      body: '{"message":"Service Unavailable"}',
    });
    release();
    await finished;
  });

  // https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html (timeoutInMillis)
  it('keeps to a shorter time limit of the integration', async () => {
    const clock = manualClock();
    const { send } = await startGateway({
      clock,
      api: { routes: [route('$default', { timeoutMs: 5_000 })] },
    });
    await send('/');
    expect(clock.timers.map(({ delayMs }) => delayMs)).toEqual([5_000]);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (payload size)
  it('answers 413 {"message":"Request Entity Too Large"} to a body over 10 MB', async () => {
    const { send, events } = await startGateway();
    const chunked = { 'transfer-encoding': 'chunked' };
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    const answer = await send('/', { method: 'POST', headers: chunked, body });
    expect(answer).toMatchObject({ status: 413, body: '{"message":"Request Entity Too Large"}' });
    expect(events).toHaveLength(0);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (request line and headers)
  it('answers 431 to a request line and headers of more than 10,240 bytes', async () => {
    const { send, events } = await startGateway();
    const withHeader = (length: number) => send('/', { headers: { 'x-long': 'x'.repeat(length) } });
    for (const tooLong of [10_240, 60_000])
      expect(await withHeader(tooLong)).toMatchObject({
        status: 431,
        body: '{"message":"Request Header Fields Too Large"}',
      });
    expect((await withHeader(10_000)).status).toBe(204);
    expect(events).toHaveLength(1);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html
  it('lets the function run on when the client hangs up', async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    const { url, send } = await startGateway({
      respond: async ({ rawPath }) => {
        if (rawPath !== '/slow') return {};
        start();
        await released;
        finish();
      },
    });
    const sent = request(`${url}/slow`).on('error', () => {});
    sent.end();
    await started;
    const closed = new Promise((resolve) => sent.once('close', resolve));
    sent.destroy();
    await closed;
    release();
    await finished;
    expect((await send('/')).status).toBe(200);
  });

  // https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
  it('takes a request target in absolute form, whose host goes before the Host header', async () => {
    const { send, events } = await startGateway({ api: { routes: [route('GET /orders/{id}')] } });
    expect((await send('http://shop.localhost:8080/orders/a%20b?n=1')).status).toBe(204);
    expect(events[0]).toMatchObject({
      rawPath: '/orders/a b',
      rawQueryString: 'n=1',
      headers: { host: 'shop.localhost:8080' },
      requestContext: { domainName: 'shop.localhost:8080' },
    });
  });

  // https://www.rfc-editor.org/rfc/rfc9112#section-3.2
  it('answers 400 to more than one Host header', async () => {
    const { send, events } = await startGateway();
    const headers = ['Host', 'a.example', 'Host', 'b.example'];
    for (const path of ['/', 'http://a.example/'])
      expect(await send(path, { headers, setHost: false })).toMatchObject({
        status: 400,
        body: '{"message":"Bad Request"}',
      });
    expect(events).toHaveLength(0);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
  it('gives HEAD to a route for HEAD or for any method, and to none for GET', async () => {
    const routes = [route('GET /a'), route('HEAD /b'), route('ANY /c')];
    const { send, events } = await startGateway({ api: { routes } });
    const answers = await Promise.all(
      ['/a', '/b', '/c'].map((path) => send(path, { method: 'HEAD' })),
    );
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [404, ''],
      [204, ''],
      [204, ''],
    ]);
    expect(events).toHaveLength(2);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
  it('answers HEAD without a body', async () => {
    const { send, events } = await startGateway({
      respond: () => ({ statusCode: 200, body: 'x' }),
    });
    expect(await send('/', { method: 'HEAD' })).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': '1' },
    });
    expect(events[0].requestContext.http.method).toBe('HEAD');
  });
});
