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

  it('of bytes that are no UTF-8 is refused with 400', async () => {
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

  it.each(['text/plain', '', 'application/jsonx'])(
    'of type %j is refused with 415',
    async (type) => {
      const { response, body } = await post('{}', { headers: { 'content-type': type } });

      expect(response.statusCode).toBe(415);
      expect(body.errors).toEqual([
        { header: 'content-type', detail: `must be application/json, got ${JSON.stringify(type)}` },
      ]);
    },
  );

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
