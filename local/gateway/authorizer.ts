import { isObject, parseJson } from '../../common/json.ts';
import type { Clock } from '../clock.ts';
import type { AuthorizerModel } from '../template/model.ts';
import { eventV1 } from './eventV1.ts';
import { type ApiIdentity, type Caller, eventV2 } from './eventV2.ts';
import { type GatewayRequest, queryParameters } from './gatewayRequest.ts';
import { JwtFault, type JwtKeys, verifiedClaims } from './jwt.ts';
import type { Invoke } from './lambdaIntegration.ts';
import type { Route, RouteMatch } from './routes.ts';

export class Refusal extends Error {
  readonly status: number;

  constructor(status: 401 | 403 | 500) {
    super({ 401: 'Unauthorized', 403: 'Forbidden', 500: 'Internal Server Error' }[status]);
    this.status = status;
  }
}

interface AuthorizerOptions {
  invoke: Invoke;
  clock: Clock;
  identity: ApiIdentity;
  region: string;
  keys: JwtKeys;
}

type OfLambda = Extract<AuthorizerModel, { kind: 'lambda' }>;
type OfJwt = Extract<AuthorizerModel, { kind: 'jwt' }>;

/** Lets requests in as the authorizer of their route says. */
export class Authorizers {
  readonly #options: AuthorizerOptions;
  readonly #answers = new Map<string, { answer: unknown; untilMs: number }>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Undefined for a route without an authorizer; throws a `Refusal`. */
  async callerOf(request: GatewayRequest, match: RouteMatch): Promise<Caller | undefined> {
    const { authorizer } = match.route;
    if (authorizer === undefined) return undefined;
    return authorizer.kind === 'jwt'
      ? this.#jwtCaller(authorizer, request, match.route)
      : this.#lambdaCaller(authorizer, request, match);
  }

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
  async #jwtCaller(authorizer: OfJwt, request: GatewayRequest, route: Route): Promise<Caller> {
    const [given] = this.#valuesOf(authorizer.identitySources, request);
    const token = given?.replace(/^Bearer\s+/i, '');
    if (token === undefined) throw new Refusal(401);
    const claims = await this.#claims(token, authorizer);
    const granted = String(claims.scope ?? claims.scp ?? '').split(/[\s,]+/);
    const needed = route.scopes ?? [];
    const scopes = needed.filter((scope) => granted.includes(scope));
    if (needed.length > 0 && scopes.length === 0) throw new Refusal(403);
    const jwt = { claims: asTexts(claims), scopes: scopes.length > 0 ? scopes : null };
    return { v1: jwt, v2: { jwt } };
  }

  async #claims(token: string, authorizer: OfJwt): Promise<Record<string, unknown>> {
    try {
      return await verifiedClaims(token, authorizer, this.#options.keys, this.#options.clock.now());
    } catch (error) {
      if (error instanceof JwtFault) throw new Refusal(401);
      throw error;
    }
  }

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
  async #lambdaCaller(
    authorizer: OfLambda,
    request: GatewayRequest,
    match: RouteMatch,
  ): Promise<Caller> {
    const values = this.#valuesOf(authorizer.identitySources, request);
    if (values.length < authorizer.identitySources.length) throw new Refusal(401);
    const arn = this.#routeArn(request);
    const answer = await this.#answer(authorizer, request, match, values, arn);
    if (!isObject(answer)) throw new Refusal(500);
    const { context, principalId } = answer;
    if (!isAllowed(answer, authorizer, arn)) throw new Refusal(403);
    const given = isObject(context) ? context : undefined;
    return { v1: { ...given, principalId }, v2: { lambda: given ?? null } };
  }

  async #answer(
    authorizer: OfLambda,
    request: GatewayRequest,
    match: RouteMatch,
    values: string[],
    arn: string,
  ): Promise<unknown> {
    const { clock, invoke } = this.#options;
    const key = JSON.stringify([authorizer.functionName, values]);
    const kept = this.#answers.get(key);
    if (kept && kept.untilMs > clock.now()) return kept.answer;
    const event = this.#event(authorizer, request, match, values, arn);
    const result = await invoke(authorizer.functionName, JSON.stringify(event)).catch(
      () => undefined,
    );
    if (result === undefined || result.functionError !== undefined) throw new Refusal(500);
    const answer = parseJson(result.payload);
    if (authorizer.ttlSeconds > 0 && values.length > 0)
      this.#answers.set(key, { answer, untilMs: clock.now() + authorizer.ttlSeconds * 1000 });
    return answer;
  }

  #event(
    { payloadFormatVersion }: OfLambda,
    request: GatewayRequest,
    match: RouteMatch,
    values: string[],
    arn: string,
  ): Record<string, unknown> {
    const { identity } = this.#options;
    const none = Buffer.alloc(0);
    const isFirst = payloadFormatVersion === '1.0';
    const whole = (isFirst ? eventV1 : eventV2)(request, match, none, identity);
    const { body: _, isBase64Encoded: __, ...event } = whole;
    return isFirst
      ? {
          ...event,
          type: 'REQUEST',
          methodArn: arn,
          identitySource: values.join(','),
          authorizationToken: values.join(','),
        }
      : { ...event, type: 'REQUEST', routeArn: arn, identitySource: values };
  }

  /** As `$request.header.Authorization`; a source that the request does not have gives no value. */
  #valuesOf(sources: string[], request: GatewayRequest): string[] {
    const query = queryParameters(request.rawQuery);
    return sources.flatMap((source) => {
      const [, from, name = ''] =
        /^\$(request\.header|request\.querystring|stageVariables)\.(.+)$/.exec(source) ?? [];
      if (from === 'request.header') return request.headers.get(name.toLowerCase())?.[0] ?? [];
      if (from === 'request.querystring') return query?.get(name)?.[0] ?? [];
      return this.#options.identity.stageVariables[name] ?? [];
    });
  }

  #routeArn({ method, path }: GatewayRequest): string {
    const { identity, region } = this.#options;
    return `arn:aws:execute-api:${region}:${identity.accountId}:${identity.apiId}/$default/${method}${path}`;
  }
}

function isAllowed(answer: Record<string, unknown>, { isSimple }: OfLambda, arn: string): boolean {
  if (isSimple) {
    if (typeof answer.isAuthorized !== 'boolean') throw new Refusal(500);
    return answer.isAuthorized;
  }
  const { policyDocument: policy } = answer;
  if (!isObject(policy) || !Array.isArray(policy.Statement)) throw new Refusal(500);
  const effects = policy.Statement.filter(isObject)
    .filter(({ Action, Resource }) => covers(Action, 'execute-api:Invoke') && covers(Resource, arn))
    .map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

/** Whether one of a policy's texts, with `*` and `?`, is that of a value. */
const covers = (texts: unknown, value: string): boolean =>
  [texts].flat().some((text) => {
    const pattern = RegExp.escape(String(text)).replaceAll('\\*', '.*').replaceAll('\\?', '.');
    return new RegExp(`^${pattern}$`, 'i').test(value);
  });

/** As API Gateway hands claims over. */
const asTexts = (claims: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? `[${value.join(' ')}]`
        : isObject(value)
          ? JSON.stringify(value)
          : String(value),
    ]),
  );
