import { afterEach, describe, expect, it } from '@jest/globals';
import { route, startGateway, stopGateways } from './testing/gateway.ts';

afterEach(stopGateways);

const v1 = (routeKey: string) => route(routeKey, { payloadFormatVersion: '1.0' });

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.proxy-format
describe('payload format 1.0', () => {
  it('has null for what the request does not have', async () => {
    const { send, events } = await startGateway({ api: { routes: [v1('GET /my/path')] } });
    await send('/my/path');
    expect(events[0]).toMatchObject({
      version: '1.0',
      resource: '/my/path',
      path: '/my/path',
      httpMethod: 'GET',
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
    });
  });

  it('has every value of a repeated header and query parameter, and the last one alone', async () => {
    const { send, events } = await startGateway({ api: { routes: [v1('ANY /{proxy+}')] } });
    await send('/a/b?way=1&way=2', {
      headers: ['host', 'localhost', 'x-way', 'one', 'x-way', 'two'],
    });
    expect(events[0]).toMatchObject({
      resource: '/{proxy+}',
      pathParameters: { proxy: 'a/b' },
      headers: { 'x-way': 'two' },
      multiValueHeaders: { 'x-way': ['one', 'two'] },
      queryStringParameters: { way: '2' },
      multiValueQueryStringParameters: { way: ['1', '2'] },
    });
  });

  it('describes the request in its context', async () => {
    const { send, events } = await startGateway({ api: { routes: [v1('$default')] } });
    await send('/x', { headers: { 'user-agent': 'agent' } });
    expect(events[0].requestContext).toMatchObject({
      accountId: '000000000000',
      httpMethod: 'GET',
      identity: { sourceIp: '127.0.0.1', userAgent: 'agent', user: null },
      protocol: 'HTTP/1.1',
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      resourcePath: '$default',
      stage: '$default',
    });
  });

  it('spells the headers that the gateway sets or reads itself, and no others', async () => {
    const { send, events } = await startGateway({ api: { routes: [v1('$default')] } });
    await send('/', { headers: { 'user-agent': 'agent', 'x-own': '1' } });
    expect(Object.keys(events[0].headers)).toEqual(
      expect.arrayContaining([
        ...['Host', 'User-Agent', 'Content-Length', 'X-Amzn-Trace-Id', 'x-own'],
        ...['X-Forwarded-For', 'X-Forwarded-Port', 'X-Forwarded-Proto'],
      ]),
    );
    expect(events[0].headers['Content-Length']).toBe('0');
  });

  it('keeps cookies among the headers', async () => {
    const { send, events } = await startGateway({ api: { routes: [v1('$default')] } });
    await send('/', { headers: { cookie: 'a=1; b=2' } });
    expect(events[0].headers.cookie).toBe('a=1; b=2');
    expect(events[0]).not.toHaveProperty('cookies');
  });
});
