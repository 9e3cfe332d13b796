import { isObject } from '../../common/json.ts';
import { isOnThisMachine } from '../gateway/jwt.ts';
import { functionNameOf } from './functionName.ts';
import type { AuthorizerModel, CorsModel, HttpApiModel, ThrottlingModel } from './model.ts';
import { corsOfBody, resourcesOfBody } from './openApi.ts';
import type { Reading } from './reading.ts';
import type { ResolvedResource } from './resolveResources.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const LONGEST_INTEGRATION_MS = 30_000;

type Route = HttpApiModel['routes'][number];

/** Puts together the API, its stage, its routes and their integrations. A template without an HTTP API has none. */
export function readHttpApi(
  resources: ResolvedResource[],
  reading: Reading,
): HttpApiModel | undefined {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const apis = ofType('AWS::ApiGatewayV2::Api');
  const api = apis.find(
    ({ properties }) => properties.ProtocolType === 'HTTP' || isObject(properties.Body),
  );
  reportOtherApis(api, apis, ofType('AWS::ApiGatewayV2::Route'), reading);
  if (!api) return undefined;
  const parts = [...resources, ...resourcesOfBody(api)];
  const ofApi = (type: string) =>
    parts.filter((part) => part.type === type && part.properties.ApiId === api.ref);
  const integrations = new Map(
    ofApi('AWS::ApiGatewayV2::Integration').map((integration) => [integration.ref, integration]),
  );
  const authorizers = ofApi('AWS::ApiGatewayV2::Authorizer');
  return {
    id: api.ref,
    routes: ofApi('AWS::ApiGatewayV2::Route').flatMap((route) => {
      const served = readRoute(route, integrations, reading);
      const authorization = served && readAuthorization(route, authorizers, reading);
      return authorization ? [{ ...served, ...authorization }] : [];
    }),
    cors: readCors(api.properties.CorsConfiguration ?? corsOfBody(api.properties.Body)),
    ...readStage(ofApi('AWS::ApiGatewayV2::Stage')[0], reading),
  };
}

/** One HTTP API is served; others, and WebSocket APIs, are not, nor are routes of an API that is elsewhere. */
function reportOtherApis(
  served: ResolvedResource | undefined,
  apis: ResolvedResource[],
  routes: ResolvedResource[],
  { report }: Reading,
): void {
  for (const { logicalId, ref, properties } of apis) {
    if (ref === served?.ref) continue;
    report(
      `${logicalId} (AWS::ApiGatewayV2::Api)`,
      `of protocol "${properties.ProtocolType}": one HTTP API is served, and no other API`,
    );
  }
  const known = new Set(apis.map(({ ref }) => ref));
  for (const { logicalId, properties } of routes) {
    if (known.has(String(properties.ApiId))) continue;
    report(
      `${logicalId} (AWS::ApiGatewayV2::Route)`,
      `its API ${properties.ApiId} is not in the template`,
    );
  }
}

function readStage(
  stage: ResolvedResource | undefined,
  { report }: Reading,
): Pick<HttpApiModel, 'throttling' | 'routeThrottling' | 'accessLogFormat' | 'stageVariables'> {
  const properties = stage?.properties ?? {};
  const { AccessLogSettings: accessLog, RouteSettings: routeSettings } = properties;
  if (stage && properties.StageName !== '$default')
    report(
      `${stage.logicalId}.StageName`,
      `the API is served as the stage $default: no "/${properties.StageName}" before its paths`,
    );
  const settings = isObject(routeSettings) ? Object.entries(routeSettings) : [];
  return {
    throttling: readThrottling(properties.DefaultRouteSettings),
    routeThrottling: Object.fromEntries(
      settings.flatMap(([routeKey, ofRoute]) => {
        const throttling = readThrottling(ofRoute);
        return throttling ? [[routeKey, throttling]] : [];
      }),
    ),
    accessLogFormat: isObject(accessLog) ? String(accessLog.Format) : undefined,
    stageVariables: isObject(properties.StageVariables)
      ? (properties.StageVariables as Record<string, string>)
      : {},
  };
}

function readRoute(
  { logicalId, properties }: ResolvedResource,
  integrations: Map<string, ResolvedResource>,
  { report, runsFunction }: Reading,
): Route | undefined {
  const id = String(properties.Target).replace('integrations/', '');
  const integration = integrations.get(id)?.properties;
  const uri = String(integration?.IntegrationUri);
  if (integration?.IntegrationType !== 'AWS_PROXY' || !runsFunction(uri)) {
    report(
      `${logicalId} (AWS::ApiGatewayV2::Route)`,
      'only routes to a function that is run are served',
    );
    return undefined;
  }
  return {
    routeKey: String(properties.RouteKey),
    functionName: functionNameOf(uri),
    timeoutMs: Math.min(
      Number(integration.TimeoutInMillis ?? LONGEST_INTEGRATION_MS),
      LONGEST_INTEGRATION_MS,
    ),
    payloadFormatVersion: integration.PayloadFormatVersion === '1.0' ? '1.0' : '2.0',
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html */
function readAuthorization(
  { logicalId, properties }: ResolvedResource,
  authorizers: ResolvedResource[],
  reading: Reading,
): Pick<Route, 'authorizer' | 'scopes'> | undefined {
  const { AuthorizationType: type = 'NONE', AuthorizerId, AuthorizationScopes } = properties;
  if (type === 'NONE') return {};
  if (type === 'AWS_IAM') {
    reading.report('AWS::ApiGatewayV2::Route AuthorizationType AWS_IAM', 'every caller is let in');
    return {};
  }
  const found = authorizers.find(({ ref }) => ref === AuthorizerId);
  const authorizer = found && readAuthorizer(found, reading);
  if (!authorizer) {
    reading.report(
      `${logicalId} (AWS::ApiGatewayV2::Route)`,
      `its authorizer ${AuthorizerId} is not run, so the route is not served`,
    );
    return undefined;
  }
  const scopes = Array.isArray(AuthorizationScopes) ? AuthorizationScopes.map(String) : [];
  return { authorizer, scopes };
}

function readAuthorizer(
  { logicalId, properties }: ResolvedResource,
  { runsFunction, report }: Reading,
): AuthorizerModel | undefined {
  const { AuthorizerType: type, JwtConfiguration: jwt, AuthorizerUri: uri } = properties;
  const identitySources = [properties.IdentitySource ?? []].flat().map(String);
  if (type === 'JWT' && isObject(jwt)) {
    const audiences = Array.isArray(jwt.Audience) ? jwt.Audience.map(String) : [];
    if (!isOnThisMachine(String(jwt.Issuer)))
      report(
        `${logicalId} (AWS::ApiGatewayV2::Authorizer)`,
        `${jwt.Issuer} is not asked for its keys: without --jwks FILE all tokens are refused`,
      );
    return { kind: 'jwt', issuer: String(jwt.Issuer), audiences, identitySources };
  }
  if (type !== 'REQUEST' || !runsFunction(uri)) return undefined;
  return {
    kind: 'lambda',
    functionName: functionNameOf(uri),
    payloadFormatVersion: properties.AuthorizerPayloadFormatVersion === '1.0' ? '1.0' : '2.0',
    isSimple: String(properties.EnableSimpleResponses) === 'true',
    identitySources,
    ttlSeconds: Number(properties.AuthorizerResultTtlInSeconds ?? 0),
  };
}

function readCors(cors: unknown): CorsModel | undefined {
  if (!isObject(cors)) return undefined;
  const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return {
    allowOrigins: texts(cors.AllowOrigins),
    allowMethods: texts(cors.AllowMethods),
    allowHeaders: texts(cors.AllowHeaders),
    exposeHeaders: texts(cors.ExposeHeaders),
    allowCredentials: cors.AllowCredentials === true,
    maxAgeSeconds: cors.MaxAge === undefined ? undefined : Number(cors.MaxAge),
  };
}

function readThrottling(settings: unknown): ThrottlingModel | undefined {
  if (!isObject(settings) || settings.ThrottlingRateLimit === undefined) return undefined;
  return {
    rateLimit: Number(settings.ThrottlingRateLimit),
    burstLimit: Number(settings.ThrottlingBurstLimit ?? settings.ThrottlingRateLimit),
  };
}
