import type { CorsModel, HttpApiModel, NotRun } from './model.ts';
import { functionNameOf } from './readEvents.ts';
import type { ResolvedResource } from './readTemplate.ts';
import { isObject } from './resolve.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const LONGEST_INTEGRATION_MS = 30_000;

type Route = HttpApiModel['routes'][number];
type Only = <T>(value: T | NotRun) => value is T;

/** Puts together the API, its stage, its routes and their integrations. A template without an HTTP API has none. */
export function readHttpApi(resources: ResolvedResource[], only: Only): HttpApiModel | undefined {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const api = ofType('AWS::ApiGatewayV2::Api').find(
    ({ properties }) => properties.ProtocolType === 'HTTP',
  );
  if (!api) return undefined;
  const stage = ofType('AWS::ApiGatewayV2::Stage').find(
    ({ properties }) => properties.ApiId === api.ref,
  );
  const integrations = new Map(
    ofType('AWS::ApiGatewayV2::Integration').map((integration) => [integration.ref, integration]),
  );
  const stageProperties = stage?.properties ?? {};
  const accessLog = stageProperties.AccessLogSettings;
  const routeSettings = isObject(stageProperties.RouteSettings)
    ? stageProperties.RouteSettings
    : {};
  return {
    id: api.ref,
    name: String(api.properties.Name),
    routes: ofType('AWS::ApiGatewayV2::Route')
      .map((route) => readRoute(route, integrations))
      .filter(only),
    cors: readCors(api.properties.CorsConfiguration),
    throttling: readThrottling(stageProperties.DefaultRouteSettings),
    routeThrottling: Object.fromEntries(
      Object.entries(routeSettings).flatMap(([routeKey, settings]) => {
        const throttling = readThrottling(settings);
        return throttling ? [[routeKey, throttling]] : [];
      }),
    ),
    accessLogFormat: isObject(accessLog) ? String(accessLog.Format) : undefined,
    stageVariables: isObject(stageProperties.StageVariables)
      ? (stageProperties.StageVariables as Record<string, string>)
      : {},
  };
}

function readRoute(
  { logicalId, properties }: ResolvedResource,
  integrations: Map<string, ResolvedResource>,
): Route | NotRun {
  const integration = integrations.get(
    String(properties.Target).replace('integrations/', ''),
  )?.properties;
  if (
    integration?.IntegrationType !== 'AWS_PROXY' ||
    !String(integration.IntegrationUri).includes(':function:')
  ) {
    return {
      what: `${logicalId} (AWS::ApiGatewayV2::Route)`,
      why: 'only routes to a Lambda function are served',
    };
  }
  return {
    routeKey: String(properties.RouteKey),
    functionName: functionNameOf(integration.IntegrationUri),
    timeoutMs: Math.min(
      Number(integration.TimeoutInMillis ?? LONGEST_INTEGRATION_MS),
      LONGEST_INTEGRATION_MS,
    ),
    payloadFormatVersion: integration.PayloadFormatVersion === '1.0' ? '1.0' : '2.0',
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

function readThrottling(settings: unknown): { rateLimit: number; burstLimit: number } | undefined {
  if (!isObject(settings) || settings.ThrottlingRateLimit === undefined) return undefined;
  return {
    rateLimit: Number(settings.ThrottlingRateLimit),
    burstLimit: Number(settings.ThrottlingBurstLimit ?? settings.ThrottlingRateLimit),
  };
}
