import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuthorizerModel } from '../template/model.ts';
import { route, startGateway, stopGateways } from './testing/gateway.ts';

afterEach(stopGateways);

const AUTHORIZATION = { identitySources: ['$request.header.Authorization'] };
const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
describe('a JWT authorizer', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = createServer((request, response) => {
    const isKeys = request.url === '/keys';
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'a' }];
    response.end(JSON.stringify(isKeys ? { keys } : { jwks_uri: `${issuer}/keys` }));
  });
  let issuer = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => void server.close());

  const token = (changes: object = {}, key: KeyObject = privateKey): string => {
    const seconds = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: 'shop', exp: seconds + 60, sub: 'me', groups: ['a', 'b'] };
    const signed = `${encoded({ alg: 'RS256', kid: 'a' })}.${encoded({ ...claims, ...changes })}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  };
  const start = (version: '1.0' | '2.0' = '2.0', scopes: string[] = []) => {
    const authorizer: AuthorizerModel = {
      kind: 'jwt',
      issuer,
      audiences: ['shop'],
      ...AUTHORIZATION,
    };
    return startGateway({
      api: { routes: [route('$default', { authorizer, scopes, payloadFormatVersion: version })] },
    });
  };

  it('lets a token of its issuer in, and hands its claims over as texts', async () => {
    const { send, events } = await start();

    expect((await send('/', withToken(token()))).status).toBe(204);
    expect(events[0].requestContext.authorizer.jwt).toMatchObject({
      claims: { sub: 'me', groups: '[a b]', exp: expect.stringMatching(/^\d+$/) },
      scopes: null,
    });
  });

  it('hands the claims over without "jwt" in format 1.0', async () => {
    const { send, events } = await start('1.0');

    await send('/', withToken(token()));

    expect(events[0].requestContext.authorizer.claims.sub).toBe('me');
  });

  it.each([
    ['no token', () => undefined],
    ['what is no token', () => 'x'],
    ['a token of another issuer', () => token({ iss: 'http://127.0.0.1:1' })],
    ['a token for another audience', () => token({ aud: 'other' })],
    ['a token that has expired', () => token({ exp: 1 })],
    ['a token that is not valid yet', () => token({ nbf: Date.now() })],
    ['a token that another key signed', () => token({}, other.privateKey)],
  ])('refuses %s with 401', async (_what, made) => {
    const { send, events } = await start();
    const given = made();

    const answer = await send('/', given === undefined ? {} : withToken(given));

    expect([answer.status, answer.body]).toEqual([401, '{"message":"Unauthorized"}']);
    expect(events).toEqual([]);
  });

  it('refuses a token without a scope of the route with 403', async () => {
    const { send, events } = await start('2.0', ['orders']);

    expect((await send('/', withToken(token({ scope: 'other' })))).status).toBe(403);
    expect((await send('/', withToken(token({ scope: 'other orders' })))).status).toBe(204);
    expect(events[0].requestContext.authorizer.jwt.scopes).toEqual(['orders']);
  });
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
describe('a Lambda authorizer', () => {
  type Answering = (event: { headers: Record<string, string> }) => unknown;

  async function start(answering: Answering, changes: Partial<AuthorizerModel> = {}) {
    const authorizer = {
      kind: 'lambda',
      functionName: 'doorman',
      payloadFormatVersion: '2.0',
      isSimple: true,
      ttlSeconds: 0,
      ...AUTHORIZATION,
      ...changes,
    } as AuthorizerModel;
    const asked: unknown[] = [];
    const events: { requestContext: { authorizer: unknown } }[] = [];
    const gateway = await startGateway({
      api: { routes: [route('$default', { authorizer })] },
      invoke: async (functionName, payload) => {
        const event = JSON.parse(payload);
        (functionName === 'doorman' ? asked : events).push(event);
        const answer = functionName === 'doorman' ? answering(event) : { statusCode: 204 };
        return { payload: JSON.stringify(answer) ?? 'null' };
      },
    });
    return { ...gateway, asked, events };
  }

  it('lets in by a simple answer, whose context the function gets', async () => {
    const { send, asked, events } = await start(({ headers }) => ({
      isAuthorized: headers.authorization === 'Bearer right',
      context: { customer: 7 },
    }));

    expect((await send('/x', withToken('right'))).status).toBe(204);
    expect((await send('/x', withToken('wrong'))).status).toBe(403);
    expect(asked[0]).toMatchObject({
      version: '2.0',
      type: 'REQUEST',
      routeArn: 'arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/$default/GET/x',
      identitySource: ['Bearer right'],
    });
    expect(events.map(({ requestContext }) => requestContext.authorizer)).toEqual([
      { lambda: { customer: 7 } },
    ]);
  });

  it('lets in by the policy of an IAM answer', async () => {
    const policy = (Effect: string, Resource: string) => ({
      principalId: 'me',
      policyDocument: { Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] },
    });
    const answers: Record<string, unknown> = {
      'Bearer all': policy('Allow', '*'),
      'Bearer x': policy('Allow', 'arn:aws:execute-api:*:*:*/$default/GET/x'),
      'Bearer none': policy('Deny', '*'),
    };
    const { send } = await start(({ headers }) => answers[headers.authorization ?? ''], {
      isSimple: false,
      payloadFormatVersion: '1.0',
    });

    const statuses = [];
    for (const [token, path] of [
      ['all', '/y'],
      ['x', '/x'],
      ['x', '/y'],
      ['none', '/x'],
    ] as const)
      statuses.push((await send(path, withToken(token))).status);
    expect(statuses).toEqual([204, 204, 403, 403]);
  });

  it('is not asked without its identity source, and refuses with 500 what it answers wrongly', async () => {
    const { send, asked } = await start(() => ({ ok: true }));

    expect((await send('/')).status).toBe(401);
    expect(asked).toEqual([]);
    expect((await send('/', withToken('x'))).status).toBe(500);
  });

  it('is asked once for an identity as long as its answer is kept', async () => {
    const { send, asked } = await start(() => ({ isAuthorized: true }), { ttlSeconds: 60 });

    for (const token of ['a', 'a', 'b']) await send('/', withToken(token));

    expect(asked).toHaveLength(2);
  });
});
