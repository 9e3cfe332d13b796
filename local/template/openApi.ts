import { isObject } from '../../common/json.ts';
import type { ResolvedResource } from './resolveResources.ts';

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields => (isObject(value) ? value : {});
const METHODS = /^(get|put|post|delete|options|head|patch|trace)$/;
const ANY_METHOD = 'x-amazon-apigateway-any-method';

/**
 * The routes, integrations and authorizers of an API that is given as an OpenAPI document, as if each were a resource.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
 */
export function resourcesOfBody(api: ResolvedResource): ResolvedResource[] {
  const body = fields(api.properties.Body);
  const components = fields(body.components);
  const schemes = Object.entries(fields(components.securitySchemes));
  const operations = Object.entries(fields(body.paths)).flatMap(([path, methods]) =>
    Object.entries(fields(methods))
      .filter(([method]) => METHODS.test(method) || method === ANY_METHOD)
      .map(([method, operation]) => [routeKey(path, method), fields(operation)] as const),
  );
  const resource = (kind: string, name: string, properties: Fields): ResolvedResource => {
    const ref = `${api.logicalId} ${name}`;
    const type = `AWS::ApiGatewayV2::${kind}`;
    return {
      logicalId: ref,
      type,
      ref,
      attributes: {},
      properties: { ApiId: api.ref, ...properties },
    };
  };
  return [
    ...schemes.map(([name, scheme]) => resource('Authorizer', name, authorizer(fields(scheme)))),
    ...operations.flatMap(([key, operation]) => {
      const [security] = Array.isArray(operation.security) ? operation.security : [];
      const [scheme, scopes] = Object.entries(fields(security))[0] ?? [];
      const integration = integrationOf(operation, components);
      return [
        resource('Integration', `integration ${key}`, integration),
        resource('Route', key, {
          RouteKey: key,
          Target: `integrations/${api.logicalId} integration ${key}`,
          ...authorization(scheme, scopes, `${api.logicalId} ${scheme}`, operation),
        }),
      ];
    }),
  ];
}

function routeKey(path: string, method: string): string {
  if (path === '$default' || path === '/$default') return '$default';
  return `${method === ANY_METHOD ? 'ANY' : method.toUpperCase()} ${path}`;
}

function integrationOf(operation: Fields, components: Fields): Fields {
  const given = fields(operation['x-amazon-apigateway-integration']);
  const name = /^#\/components\/x-amazon-apigateway-integrations\/(.+)$/.exec(
    String(given.$ref),
  )?.[1];
  const shared = fields(components['x-amazon-apigateway-integrations']);
  const { type, uri, payloadFormatVersion, timeoutInMillis } = name ? fields(shared[name]) : given;
  return {
    IntegrationType: String(type).toUpperCase(),
    IntegrationUri: uri,
    PayloadFormatVersion: String(payloadFormatVersion ?? '1.0'),
    ...(timeoutInMillis !== undefined && { TimeoutInMillis: timeoutInMillis }),
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html */
function authorizer(scheme: Fields): Fields {
  const given = fields(scheme['x-amazon-apigateway-authorizer']);
  const { issuer, audience } = fields(given.jwtConfiguration);
  const sources = [given.identitySource ?? []]
    .flat()
    .flatMap((text) => String(text).split(/\s*,\s*/));
  return {
    AuthorizerType: String(given.type).toUpperCase(),
    ...(given.jwtConfiguration !== undefined && {
      JwtConfiguration: { Issuer: issuer, Audience: audience },
    }),
    IdentitySource: sources,
    AuthorizerUri: given.authorizerUri,
    AuthorizerPayloadFormatVersion: String(given.authorizerPayloadFormatVersion),
    EnableSimpleResponses: given.enableSimpleResponses,
    AuthorizerResultTtlInSeconds: given.authorizerResultTtlInSeconds,
  };
}

function authorization(
  scheme: string | undefined,
  scopes: unknown,
  ref: string,
  operation: Fields,
): Fields {
  if (fields(operation['x-amazon-apigateway-auth']).type === 'AWS_IAM' || scheme === 'AWS_IAM')
    return { AuthorizationType: 'AWS_IAM' };
  if (scheme === undefined) return {};
  return { AuthorizationType: 'CUSTOM', AuthorizerId: ref, AuthorizationScopes: scopes };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-cors-configuration.html */
export function corsOfBody(body: unknown): Fields | undefined {
  const cors = fields(body)['x-amazon-apigateway-cors'];
  if (!isObject(cors)) return undefined;
  const upper = ([name = '', value]: [string, unknown]) => [
    name.charAt(0).toUpperCase() + name.slice(1),
    value,
  ];
  return Object.fromEntries(Object.entries(cors).map(upper));
}
