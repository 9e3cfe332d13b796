import { afterEach, describe, expect, it } from '@jest/globals';
import type { CorsModel } from '../template/model.ts';
import { route, startGateway, stopGateways } from './testing/gateway.ts';

afterEach(stopGateways);

const SHOP = 'https://shop.example.com';
const PREFLIGHT = { origin: SHOP, 'access-control-request-method': 'POST' };

const cors = (overrides: Partial<CorsModel> = {}): CorsModel => ({
  allowOrigins: ['*'],
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['content-type', 'idempotency-key'],
  exposeHeaders: ['location'],
  allowCredentials: false,
  maxAgeSeconds: 600,
  ...overrides,
});

const startWith = (overrides: Partial<CorsModel> = {}, respond?: () => unknown) =>
  startGateway({
    api: { routes: [route('POST /orders')], cors: cors(overrides) },
    ...(respond && { respond }),
  });

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
describe('an API with a CORS configuration', () => {
  it('answers a preflight itself, with 204 and without an OPTIONS route', async () => {
    const { send, events } = await startWith();
    const answer = await send('/orders', { method: 'OPTIONS', headers: PREFLIGHT });
    expect(answer).toMatchObject({
      status: 204,
      body: '',
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'content-type,idempotency-key',
        'access-control-max-age': '600',
      },
    });
    expect(events).toHaveLength(0);
  });

  it('adds its headers to the answer for a request with an origin, and to no other', async () => {
    const { send } = await startWith();
    const crossOrigin = await send('/orders', { method: 'POST', headers: { origin: SHOP } });
    expect(crossOrigin.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'location',
    });
    const sameOrigin = await send('/orders', { method: 'POST' });
    expect(sameOrigin.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('ignores the CORS headers of the function', async () => {
    const { send } = await startWith({}, () => ({
      statusCode: 200,
      headers: { 'Access-Control-Allow-Origin': 'https://other.example.com', 'x-own': '1' },
    }));
    const { headers } = await send('/orders', { method: 'POST', headers: { origin: SHOP } });
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*', 'x-own': '1' });
  });

  it.each([
    ['the very origin', SHOP],
    ['every origin of the scheme', 'https://*'],
  ])('names the origin that asks when it allows %s', async (_name, allowed) => {
    const { send } = await startWith({ allowOrigins: [allowed], allowCredentials: true });
    const { headers } = await send('/orders', { method: 'POST', headers: { origin: SHOP } });
    expect(headers).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
    });
  });

  it('gives an origin that is not allowed no CORS header', async () => {
    const { send } = await startWith({ allowOrigins: ['http://*', 'https://shop.example.co'] });
    const answer = await send('/orders', { method: 'OPTIONS', headers: PREFLIGHT });
    expect(answer.status).toBe(204);
    expect(Object.keys(answer.headers).join()).not.toContain('access-control');
  });

  it('routes an OPTIONS request that is not a preflight', async () => {
    const { send } = await startWith();
    expect((await send('/orders', { method: 'OPTIONS' })).status).toBe(404);
  });
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
describe('an API without a CORS configuration', () => {
  it('leaves CORS headers and OPTIONS requests to the function', async () => {
    const headers = { 'access-control-allow-origin': SHOP };
    const { send, events } = await startGateway({ respond: () => ({ statusCode: 200, headers }) });
    const answer = await send('/', { method: 'OPTIONS', headers: PREFLIGHT });
    expect(answer.headers).toMatchObject(headers);
    expect(events).toHaveLength(1);
  });
});
