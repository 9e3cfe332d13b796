import '../testing/environment.ts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { OrderError } from '../domain/errors.ts';
import { captureLog, lambdaContext, postEvent } from '../testing/lambda.ts';
import { orderRequest } from '../testing/world.ts';
import { type HttpResponse, orderStack } from './httpStack.ts';
import { readOrderRequest, requestedWay } from './orderHttp.ts';

const handler = orderStack(
  async (event) => {
    const asked = readOrderRequest(event, requestedWay(event, 'queued'));
    return { statusCode: 202, body: JSON.stringify(asked) };
  },
  () => 'queued',
);

async function post(...event: Parameters<typeof postEvent>) {
  const response: HttpResponse = await handler(postEvent(...event), lambdaContext());
  const body = JSON.parse(response.body ?? '');
  return { response, body, errors: body.errors as { pointer?: string; detail: string }[] };
}

/** An order whose item has this name, as JSON has it. */
const orderText = (name: string) => JSON.stringify(orderRequest()).replace('Lamp', name);

let log: ReturnType<typeof captureLog>;
beforeEach(() => {
  log = captureLog();
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('a POST', () => {
  it('is read with its key and its way', async () => {
    const { body } = await post(orderRequest(), {
      headers: { 'idempotency-key': '"k"' },
      way: 'direct',
    });

    expect(body).toEqual({ request: orderRequest(), idempotencyKey: 'k', way: 'direct' });
  });

  it('is read from base64, as bodies without a text type come', async () => {
    const encoded = Buffer.from(JSON.stringify(orderRequest())).toString('base64');

    const { response } = await post(encoded, { isBase64Encoded: true });

    expect(response.statusCode).toBe(202);
  });

  it.each([
    ['no JSON', '{"customer_id":', '#', 'must be JSON'],
    ['an empty body', '', '#', 'must be JSON'],
    ['a forbidden key', '{"__proto__": {}}', '#', '__proto__'],
    ['a very deep body', '['.repeat(100_000), '#', 'must be JSON'],
    ['a very deep, closed body', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, '#', ''],
    [
      'a lone surrogate',
      JSON.stringify(orderRequest()).replace('Lamp', '\\ud800'),
      '#/items/0/name',
      'well-formed',
    ],
  ])('with %s is refused with 400', async (_, text, pointer, detail) => {
    const { response, body, errors } = await post(text);

    expect(response).toMatchObject({
      statusCode: 400,
      headers: { 'content-type': 'application/problem+json' },
    });
    expect(body).toMatchObject({ type: 'urn:flash-sale:problem:invalid-request', status: 400 });
    expect(errors).toEqual([{ pointer, detail: expect.stringContaining(detail) }]);
    expect(response.body?.isWellFormed()).toBe(true);
  });

  it('of bytes that are not UTF-8 is refused with 400', async () => {
    const { response, body } = await post(Buffer.from([0x22, 0xff, 0x22]).toString('base64'), {
      isBase64Encoded: true,
    });

    expect(response.statusCode).toBe(400);
    expect(body.detail).toContain('UTF-8');
  });

  it.each([
    ['letters', 'x'.repeat(262_145), false],
    ['bytes', 'ü'.repeat(131_073), false],
    ['base64', Buffer.alloc(262_145).toString('base64'), true],
  ])('over 256 KiB, counted in %s, is refused with 413', async (_, text, isBase64Encoded) => {
    const { response, body } = await post(text, { isBase64Encoded });

    expect(response.statusCode).toBe(413);
    expect(body.detail).toMatch(/at most 262144 bytes, got 26214\d/);
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json ; charset=UTF-8',
    'application/json\t;\tcharset="utf-8" ;',
  ])('of type %j is taken', async (type) => {
    const { response } = await post(orderRequest(), { headers: { 'content-type': type } });

    expect(response.statusCode).toBe(202);
  });

  it.each([
    'text/plain',
    '',
    'application/jsonx',
    'application/vnd.api+json',
    'application/problem+json',
    'application/json;charset=iso-8859-1',
    'application/json; charset = utf-8',
    'application/json; v=1',
    'application/json,application/json',
    'application/json;charset=utf-8 charset=utf-8',
  ])('of type %j is refused with 415', async (type) => {
    const { response, body } = await post('{}', { headers: { 'content-type': type } });

    expect(response.statusCode).toBe(415);
    expect(body.errors).toEqual([
      { header: 'content-type', detail: `must be application/json, got ${JSON.stringify(type)}` },
    ]);
  });

  it('of a type that matches nearly for ever is refused at once', async () => {
    const type = `application/json${`;${' '.repeat(100)}`.repeat(100)}x`;
    const startedAt = performance.now();

    const { response } = await post('{}', { headers: { 'content-type': type } });

    expect(response.statusCode).toBe(415);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('with a content encoding is refused with 415 that names the header and repeats no bytes', async () => {
    const { response, body } = await post('\u001f\ufffd\b', {
      headers: { 'content-encoding': 'gzip', 'content-type': 'text/plain' },
    });

    expect(response).toMatchObject({ statusCode: 415, headers: { 'accept-encoding': 'identity' } });
    expect(body.errors).toEqual([
      { header: 'content-encoding', detail: 'must be identity, got "gzip"' },
      { header: 'content-type', detail: 'must be application/json, got "text/plain"' },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/\ufffd|u001f/);
  });

  it('with content-encoding: identity is taken', async () => {
    const { response } = await post(orderRequest(), {
      headers: { 'content-encoding': 'Identity' },
    });

    expect(response.statusCode).toBe(202);
  });

  // What is not UTF-8 has become U+FFFD where the gateway hands the body over as text.
  it.each([
    ['of bytes that are not UTF-8, handed over as text', orderText('La\ufffdp'), false],
    ['of bytes that are not UTF-8', Buffer.from(orderText('La\u00fcp'), 'latin1'), true],
    ['with a replacement character', Buffer.from(orderText('La\ufffdp')), true],
    ['of half a surrogate pair', orderText('La\ud83d'), false],
  ])('%s is refused before it is identified', async (_, text, isBase64Encoded) => {
    const sent = Buffer.isBuffer(text) ? text.toString('base64') : text;

    const { response, body } = await post(sent, { isBase64Encoded });

    expect(response.statusCode).toBe(400);
    expect(body.errors).toEqual([{ pointer: '#', detail: expect.stringContaining('UTF-8') }]);
  });

  it('takes a replacement character that is written as an escape', async () => {
    const { response } = await post(orderText('La\\ufffdp'));

    expect(response.statusCode).toBe(202);
  });

  it.each([
    ['9007199254740990.6', '#/customer_id', 'must be a whole number from 1 to 9007199254740991'],
    ['9007199254740993', '#/customer_id', 'must be a whole number from 1 to 9007199254740991'],
    ['1e400', '#/customer_id', 'must be a whole number from 1 to 9007199254740991'],
    ['7.0000000000000000001', '#/customer_id', 'must be a whole number from 1 to 9007199254740991'],
  ])('judges %s before it is rounded', async (number, pointer, rule) => {
    const { response, errors } = await post(
      JSON.stringify(orderRequest()).replace('"customer_id":7', `"customer_id":${number}`),
    );

    expect(response.statusCode).toBe(400);
    expect(errors).toEqual([{ pointer, detail: `${rule}, got ${number}` }]);
  });

  it('judges prices and quantities before they are rounded', async () => {
    const text = JSON.stringify(orderRequest())
      .replace('19.99', '19.990000000000000000001')
      .replace('"quantity":3', '"quantity":2.0000000000000001');

    expect((await post(text)).errors).toEqual([
      {
        pointer: '#/items/0/price',
        detail:
          'must be a number from 0 to 1000000 with at most 2 decimals, got 19.990000000000000000001',
      },
      {
        pointer: '#/items/0/quantity',
        detail: 'must be a whole number from 1 to 1000, got 2.0000000000000001',
      },
    ]);
  });

  it('shows a number that cannot be read where something else belongs', async () => {
    const { errors } = await post('{"customer_id":1,"items":[1e400,{"item_id":2e400}]}');

    expect(errors.map(({ pointer, detail }) => `${pointer} ${detail}`)).toEqual(
      expect.arrayContaining([
        '#/items/0 must be an object, got 1e400',
        expect.stringMatching(/^#\/items\/1\/item_id must be a text .* got 2e400$/),
      ]),
    );
  });

  it('takes a number however it is written', async () => {
    const text = JSON.stringify(orderRequest())
      .replace('"customer_id":7', '"customer_id":1e2')
      .replace('19.99', '19.990000000000000000');

    const { response, body } = await post(text);

    expect(response.statusCode).toBe(202);
    expect(body.request).toEqual({
      customer_id: 100,
      items: [{ item_id: 'sku-1', name: 'Lamp', price: 19.99, quantity: 3 }],
    });
  });

  it('refuses names that are given twice, each by name', async () => {
    const { response, errors } = await post(
      '{"customer_id":1,"customer_id":2,"items":[{"item_id":"i1","name":"Cup","price":100,"quantity":1,"pric\\u0065" : 0.01}]}',
    );

    expect(response.statusCode).toBe(400);
    expect(errors).toEqual([
      { pointer: '#/customer_id', detail: 'is given more than once' },
      { pointer: '#/items/0/price', detail: 'is given more than once' },
    ]);
  });

  it('finds a name that is given twice behind 100,000 escapes', async () => {
    const text = `{"a":"${'\\\\'.repeat(100_000)}","b":[[],{"c":1}, {"c":[],"d":{"c":1,"c":2}}]}`;

    const { errors } = await post(text);

    expect(errors[0]).toEqual({ pointer: '#/b/2/d/c', detail: 'is given more than once' });
  });

  it('takes names in texts for texts', async () => {
    const { response } = await post(orderText('\\"name\\":{\\"name\\":[,'));

    expect(response.statusCode).toBe(202);
  });

  it('repeats no control characters, whatever comes', async () => {
    const { response } = await post(
      { 'a\u009b\u007f\u0000\u2028': 1, customer_id: '\u009b31m\u0007\u202e', items: [] },
      { headers: { 'idempotency-key': '\u009b' }, way: '\u0085' },
    );

    expect(JSON.parse(response.body ?? '').errors).toHaveLength(5);
    for (const { detail } of JSON.parse(response.body ?? '').errors) {
      expect(detail).not.toMatch(/[\p{C}\u2028]/u);
    }
    expect(response.body).not.toMatch(/[\p{C}\u2028]/u);
  });

  it.each(['WAY', 'Way', 'wAy'])('with the parameter %s is refused by its name', async (name) => {
    const { response, errors } = await post(orderRequest(), { query: { [name]: 'direct' } });

    expect(response.statusCode).toBe(400);
    expect(errors).toEqual([{ parameter: name, detail: 'must be written "way"' }]);
  });

  it('ignores parameters that mean nothing here', async () => {
    const { response } = await post(orderRequest(), { query: { utm_source: 'mail' } });

    expect(response.statusCode).toBe(202);
  });

  it('names the faults of way, key and body together', async () => {
    const { body, errors } = await post(
      {},
      { headers: { 'idempotency-key': '' }, way: 'queued,direct' },
    );

    expect(errors.map((error) => Object.entries(error)[0])).toEqual([
      ['parameter', 'way'],
      ['header', 'idempotency-key'],
      ['pointer', '#/customer_id'],
      ['pointer', '#/items'],
    ]);
    expect(body.detail).toMatch(/^way must be given once .*, got "queued,direct" \(and 3 more\)$/);
  });

  it('that is refused is counted, and what the buyer sent stays out of the log', async () => {
    await post({ ...orderRequest(), secret: 'buyer data' });

    expect(log.sum('OrderRefused', 'queued')).toBe(1);
    expect(JSON.stringify(log.lines)).not.toContain('secret');
    expect(log.messages()).toMatchObject([{ message: 'request refused', code: 'invalid_request' }]);
  });
});

describe('an error', () => {
  const failing = (error: unknown) =>
    orderStack(
      async () => {
        throw error;
      },
      () => 'sync',
    )(postEvent(), lambdaContext());

  it('that nobody expected answers with a fixed text, and goes to the log', async () => {
    const response = await failing(new Error('password in here'));

    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('password');
    expect(log.messages()).toMatchObject([
      { level: 'ERROR', error: { message: 'password in here' } },
    ]);
    expect(log.sum('OrderRefused')).toBe(0);
  });

  it('says when to come back, in whole seconds', async () => {
    const busy = new OrderError('order_in_progress', 'busy', { retryAfterSeconds: 0.1 });

    expect(await failing(busy)).toMatchObject({ statusCode: 409, headers: { 'retry-after': '1' } });
  });
});
