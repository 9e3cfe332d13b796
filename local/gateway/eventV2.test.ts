import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { route, startGateway, stopGateways } from './testing/gateway.ts';

afterEach(stopGateways);

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.proxy-format
describe('payload format 2.0', () => {
  it('has exactly the fields of the format, and leaves out those without a value', async () => {
    const now = Date.UTC(2020, 2, 12, 19, 3, 58);
    const { send, events, url } = await startGateway({
      clock: { now: () => now, setTimeout: () => 0, clearTimeout: () => {} },
    });
    await send('/my/path', { headers: { 'user-agent': 'agent' } });
    expect(events[0]).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/my/path',
      rawQueryString: '',
      headers: expect.objectContaining({ 'user-agent': 'agent', 'content-length': '0' }),
      requestContext: {
        accountId: '000000000000',
        apiId: 'a1b2c3d4e5',
        domainName: url.slice('http://'.length),
        domainPrefix: '127',
        http: {
          method: 'GET',
          path: '/my/path',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'agent',
        },
        requestId: expect.stringMatching(/^[\w-]{15}=$/),
        routeKey: '$default',
        stage: '$default',
        time: '12/Mar/2020:19:03:58 +0000',
        timeEpoch: now,
      },
      isBase64Encoded: false,
    });
  });

  it('names headers in lower case and joins the values of a repeated one with a comma', async () => {
    const { send, events } = await startGateway();
    await send('/', { headers: ['X-Way', 'one', 'x-way', 'two', 'Host', 'shop.localhost'] });
    expect(events[0].headers).toMatchObject({ 'x-way': 'one,two', host: 'shop.localhost' });
    expect(events[0].requestContext).toMatchObject({
      domainName: 'shop.localhost',
      domainPrefix: 'shop',
    });
  });

  // https://github.com/hattipjs/hattip/pull/159: format 2.0 takes the header out of `headers`
  it('lists cookies in a field of their own instead of a header', async () => {
    const { send, events } = await startGateway();
    await send('/', { headers: ['Host', 'localhost', 'Cookie', 'a=1; b=2', 'Cookie', 'c=3'] });
    expect(events[0].cookies).toEqual(['a=1', 'b=2', 'c=3']);
    expect(events[0].headers).not.toHaveProperty('cookie');
  });

  it('decodes query parameters, joins repeated ones with a comma and keeps the raw string', async () => {
    const { send, events } = await startGateway();
    await send('/?way=a%20b&way=c+d&empty=&__proto__=x');
    expect(events[0].rawQueryString).toBe('way=a%20b&way=c+d&empty=&__proto__=x');
    expect(Object.entries(events[0].queryStringParameters)).toEqual([
      ['way', 'a b,c d'],
      ['empty', ''],
      ['__proto__', 'x'],
    ]);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
  it('hands over path parameters and the path itself decoded', async () => {
    const { send, events } = await startGateway({ api: { routes: [route('GET /orders/{id}')] } });
    await send('/orders/a%20b');
    expect(events[0]).toMatchObject({
      routeKey: 'GET /orders/{id}',
      rawPath: '/orders/a b',
      pathParameters: { id: 'a b' },
    });
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.stage-variables.html
  it('carries the stage variables where the stage has some', async () => {
    const { send, events } = await startGateway({ api: { stageVariables: { colour: 'blue' } } });
    await send('/');
    expect(events[0].stageVariables).toEqual({ colour: 'blue' });
  });

  // https://github.com/ministackorg/ministack/pull/766, measured on AWS
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'text/csv',
    'application/xml',
  ])('hands over a body of %s as text', async (type) => {
    const { send, events } = await startGateway();
    await send('/', { method: 'POST', headers: { 'content-type': type }, body: '{"ü":1}' });
    expect(events[0]).toMatchObject({ body: '{"ü":1}', isBase64Encoded: false });
  });

  it.each([
    'application/octet-stream',
    'application/x-www-form-urlencoded',
    'application/vnd.api+json',
    'text/plain; charset=iso-8859-1',
  ])('hands over a body of %s in base64', async (type) => {
    const { send, events } = await startGateway();
    await send('/', { method: 'POST', headers: { 'content-type': type }, body: 'hello' });
    expect(events[0]).toMatchObject({ body: 'aGVsbG8=', isBase64Encoded: true });
  });

  it('hands over a body without a content type in base64', async () => {
    const { send, events } = await startGateway();
    await send('/', { method: 'POST', body: Buffer.from([0, 255]) });
    expect(events[0]).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
  });

  it('hands over a compressed body in base64, whatever its type', async () => {
    const { send, events } = await startGateway();
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    await send('/', { method: 'POST', headers, body: gzipSync('{}') });
    expect(events[0].isBase64Encoded).toBe(true);
    expect(String(gunzipSync(Buffer.from(events[0].body, 'base64')))).toBe('{}');
  });

  it('adds the client to x-forwarded-for and traces the request', async () => {
    const { send, events } = await startGateway();
    await send('/', { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(events[0].headers).toMatchObject({
      'x-forwarded-for': '203.0.113.7, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
  });
});
