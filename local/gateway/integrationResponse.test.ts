import { describe, expect, it } from '@jest/globals';
import { functionResponse } from './integrationResponse.ts';

const respond = (result: unknown, version: '1.0' | '2.0' = '2.0') =>
  functionResponse(JSON.stringify(result) ?? 'null', version);

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response
describe('the answer that a function result makes', () => {
  it.each([
    ['an object', { message: 'hello' }, '{"message":"hello"}'],
    ['a string', 'Hello from Lambda!', 'Hello from Lambda!'],
    ['a list', [1, 2], '[1,2]'],
    ['nothing', undefined, 'null'],
  ])('infers 200 with a JSON body from %s without a status code', (_name, result, body) => {
    expect(respond(result)).toEqual({
      status: 200,
      headers: [['content-type', 'application/json']],
      body,
    });
  });

  it('takes status, headers and body of the full format, with header names in lower case', () => {
    const result = {
      statusCode: 201,
      headers: { 'Content-Type': 'text/html', 'X-N': 7 },
      body: '<p>',
    };
    expect(respond(result)).toEqual({
      status: 201,
      headers: [
        ['content-type', 'text/html'],
        ['x-n', '7'],
      ],
      body: '<p>',
    });
  });

  it('sends each cookie of format 2.0 as a set-cookie header', () => {
    expect(respond({ statusCode: 200, cookies: ['a=1', 'b=2'] }).headers).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
  });

  it('ignores multiValueHeaders in format 2.0 and cookies in format 1.0', () => {
    const result = { statusCode: 200, multiValueHeaders: { 'x-a': ['1'] }, cookies: ['a=1'] };
    expect(respond(result, '2.0').headers).toEqual([['set-cookie', 'a=1']]);
    expect(respond(result, '1.0').headers).toEqual([['x-a', '1']]);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
  it('merges headers and multiValueHeaders of format 1.0, a pair in both once', () => {
    const result = {
      statusCode: 200,
      headers: { 'x-a': '1', 'x-b': 'b' },
      multiValueHeaders: { 'X-A': ['1', '2'] },
    };
    expect(respond(result, '1.0').headers).toEqual([
      ['x-a', '1'],
      ['x-b', 'b'],
      ['x-a', '2'],
    ]);
  });

  it('decodes a body that the function says is base64', () => {
    const { body } = respond({ statusCode: 200, body: 'AP8=', isBase64Encoded: true });
    expect(body).toEqual(Buffer.from([0, 255]));
  });

  it('calls a body without a content type plain text', () => {
    expect(respond({ statusCode: 200, body: 'x' }).headers).toEqual([
      ['content-type', 'text/plain;charset=UTF-8'],
    ]);
  });

  it('leaves the headers of the connection to the gateway', () => {
    const headers = {
      Connection: 'close',
      'Transfer-Encoding': 'chunked',
      'content-length': '999',
    };
    expect(respond({ statusCode: 204, headers }).headers).toEqual([]);
  });

  // https://github.com/aws/aws-lambda-go/pull/373 has the text of the access log for a wrong body
  it.each([
    ['statusCode', { statusCode: 'many' }],
    ['statusCode', { statusCode: 20 }],
    ['statusCode', { statusCode: 101 }],
    ['body', { statusCode: 200, body: { order: 1 } }],
    ['body', { statusCode: 200, body: 7 }],
    ['headers', { statusCode: 200, headers: ['x: 1'] }],
    ['headers', { statusCode: 200, headers: { 'x-list': ['1'] } }],
    ['headers', { statusCode: 200, headers: { 'x-split': 'a\r\nset-cookie: b' } }],
    ['headers', { statusCode: 200, headers: { 'x split': 'a' } }],
    ['cookies', { statusCode: 200, cookies: 'a=1' }],
  ])('names the field %s when it has the wrong type: %j', (field, result) => {
    expect(() => respond(result)).toThrow(`the wrong type for field "${field}"`);
  });

  it('does not infer an answer in format 1.0', () => {
    expect(() => respond({ message: 'hello' }, '1.0')).toThrow('There is no field "statusCode"');
    expect(() => respond(undefined, '1.0')).toThrow('There is no field "statusCode"');
  });
});
