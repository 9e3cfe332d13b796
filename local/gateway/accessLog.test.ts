import { afterEach, describe, expect, it } from '@jest/globals';
import { route, startGateway, stopGateways } from './testing/gateway.ts';

afterEach(stopGateways);

const api = (accessLogFormat: string) => ({
  routes: [route('GET /orders/{id}')],
  accessLogFormat,
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
describe('the access log', () => {
  it('writes one line a request with the variables of its format', async () => {
    const { send, accessLog } = await startGateway({
      api: api(
        '{"id":"$context.requestId","ip":"$context.identity.sourceIp","time":"$context.requestTime","method":"$context.httpMethod","route":"$context.routeKey","status":"$context.status","protocol":"$context.protocol","length":"$context.responseLength"}',
      ),
      respond: () => ({ statusCode: 200, body: 'äh' }),
    });
    const { headers } = await send('/orders/7');
    expect(accessLog.map((line) => JSON.parse(line))).toEqual([
      {
        id: headers['apigw-requestid'],
        ip: '127.0.0.1',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        method: 'GET',
        route: 'GET /orders/{id}',
        status: '200',
        protocol: 'HTTP/1.1',
        length: '3',
      },
    ]);
  });

  it('is counted, as is what is sent', async () => {
    const { send, accessLog, gateway } = await startGateway({
      api: api('$context.status é'),
      respond: () => ({ statusCode: 200, headers: { 'x-own': 'value' }, body: 'äh' }),
    });
    await send('/orders/7');

    const { accessLog: counted, sentBytes } = gateway.stats();
    expect(counted).toEqual({ lines: 1, bytes: Buffer.byteLength(accessLog.join('')) });
    expect(sentBytes).toBeGreaterThan('x-own: value'.length + Buffer.byteLength('äh'));
  });

  it('writes - for what a request does not have, and for a variable that does not exist', async () => {
    const format =
      '$context.routeKey $context.integrationLatency $context.authorizer.claims.sub $context.constructor';
    const { send, accessLog } = await startGateway({ api: api(format) });
    await send('/nowhere');
    expect(accessLog).toEqual(['- - - -']);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
  it('says why an integration gave no answer', async () => {
    const { send, accessLog } = await startGateway({
      api: api(
        '$context.status|$context.integration.integrationStatus|$context.integration.status|$context.error.messageString|$context.integrationErrorMessage',
      ),
      respond: () => ({ statusCode: 200, body: { not: 'text' } }),
    });
    await send('/orders/7');
    expect(accessLog).toEqual([
      `500|200|-|"Internal Server Error"|The response from the Lambda function doesn't match the format that API Gateway expects. Lambda body contains the wrong type for field \\"body\\"`,
    ]);
  });

  it('tells the status of the function from that of Lambda, and both latencies', async () => {
    const { send, accessLog } = await startGateway({
      api: api(
        '$context.status $context.integrationStatus $context.integration.status $context.integrationLatency $context.responseLatency',
      ),
      respond: () => ({ statusCode: 402 }),
    });
    await send('/orders/7');
    expect(accessLog[0]).toMatch(/^402 200 402 \d+ \d+$/);
  });

  it('escapes what the client chose, so that a line of JSON stays one', async () => {
    const { send, accessLog } = await startGateway({
      api: api('{"path":"$context.path","agent":"$context.identity.userAgent"}'),
    });
    await send('/a%22%0Ab', { headers: { 'user-agent': '","admin":"yes' } });
    expect(JSON.parse(accessLog[0] ?? '')).toEqual({ path: '/a"\nb', agent: '","admin":"yes' });
  });
});
