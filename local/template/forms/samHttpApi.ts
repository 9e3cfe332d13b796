import { isObject } from '../../../common/json.ts';
import type { TemplateResource } from '../resolve.ts';
import { asProperties, defined, type Properties, type Resources } from './properties.ts';

/** Of every event that names no API. */
export const IMPLICIT_API = 'ServerlessHttpApi';

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html */
export function expandHttpApi(id: string, properties: Properties): Resources {
  const {
    Name,
    DefinitionBody,
    CorsConfiguration,
    Auth,
    Tags: _,
    PropagateTags: _tags,
    ...others
  } = properties;
  const {
    StageName = '$default',
    DefaultRouteSettings,
    RouteSettings,
    AccessLogSettings,
    StageVariables,
    ...rest
  } = others;
  const stageId = StageName === '$default' ? `${id}ApiGatewayDefaultStage` : `${id}Stage`;
  return {
    [id]: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: {
        ...rest,
        ...(Name !== undefined && { Name }),
        ProtocolType: 'HTTP',
        ...(DefinitionBody !== undefined && { Body: DefinitionBody }),
        ...(CorsConfiguration !== undefined && { CorsConfiguration: cors(CorsConfiguration) }),
      },
    },
    [stageId]: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: defined({
        ApiId: { Ref: id },
        StageName,
        AutoDeploy: true,
        DefaultRouteSettings,
        RouteSettings,
        AccessLogSettings,
        StageVariables,
      }),
    },
    ...authorizers(id, asProperties(Auth)),
  };
}

/** `true` opens the API to every page, and a text is an origin. */
function cors(given: unknown): unknown {
  if (isObject(given)) return given;
  return String(given) === 'true' ? { AllowOrigins: ['*'] } : { AllowOrigins: [given] };
}

const authorizerId = (api: string, name: string): string => `${api}${name}Authorizer`;

function authorizers(api: string, { Authorizers }: Properties): Resources {
  return Object.fromEntries(
    Object.entries(asProperties(Authorizers)).map(([name, given]) => [
      authorizerId(api, name),
      {
        Type: 'AWS::ApiGatewayV2::Authorizer',
        Properties: { ApiId: { Ref: api }, Name: name, ...authorizer(asProperties(given)) },
      },
    ]),
  );
}

function authorizer(given: Properties): Properties {
  const { JwtConfiguration: jwt, IdentitySource, FunctionArn, Identity } = given;
  if (isObject(jwt))
    return {
      AuthorizerType: 'JWT',
      IdentitySource: [IdentitySource ?? '$request.header.Authorization'],
      JwtConfiguration: {
        Issuer: jwt.issuer ?? jwt.Issuer,
        Audience: jwt.audience ?? jwt.Audience,
      },
    };
  const { Headers, QueryStrings, Context, StageVariables, ReauthorizeEvery } =
    asProperties(Identity);
  const sources = (place: string, names: unknown) =>
    Array.isArray(names) ? names.map((name) => `$${place}.${name}`) : [];
  return defined({
    AuthorizerType: 'REQUEST',
    AuthorizerUri: FunctionArn,
    IdentitySource: [
      ...sources('request.header', Headers),
      ...sources('request.querystring', QueryStrings),
      ...sources('context', Context),
      ...sources('stageVariables', StageVariables),
    ],
    AuthorizerPayloadFormatVersion: String(given.AuthorizerPayloadFormatVersion),
    EnableSimpleResponses: given.EnableSimpleResponses,
    AuthorizerResultTtlInSeconds: ReauthorizeEvery,
  });
}

/** A route and its integration; without a path it is the one for whatever has none. */
export function routeOf(
  id: string,
  functionId: string,
  { Path: path, Method: method, Auth, PayloadFormatVersion = '2.0', TimeoutInMillis }: Properties,
  api: string,
  declared: TemplateResource | undefined,
): Resources {
  const routeKey =
    path === undefined || path === '$default' ? '$default' : `${methodOf(method)} ${path}`;
  const ApiId = { Ref: api };
  return {
    [`${id}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: defined({
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': [functionId, 'Arn'] },
        PayloadFormatVersion: String(PayloadFormatVersion),
        TimeoutInMillis,
      }),
    },
    [id]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId,
        RouteKey: routeKey,
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: `${id}Integration` }]] },
        ...authorization(api, asProperties(Auth), asProperties(declared?.Properties?.Auth)),
      },
    },
  };
}

function methodOf(method: unknown): string {
  const name = String(method ?? 'ANY').toUpperCase();
  return name === 'X-AMAZON-APIGATEWAY-ANY-METHOD' ? 'ANY' : name;
}

function authorization(api: string, own: Properties, ofApi: Properties): Properties {
  const name = own.Authorizer ?? ofApi.DefaultAuthorizer;
  if (name === undefined || name === 'NONE') return {};
  if (name === 'AWS_IAM') return { AuthorizationType: 'AWS_IAM' };
  const authorizer = asProperties(asProperties(ofApi.Authorizers)[String(name)]);
  return defined({
    AuthorizationType: authorizer.JwtConfiguration ? 'JWT' : 'CUSTOM',
    AuthorizerId: { Ref: authorizerId(api, String(name)) },
    AuthorizationScopes: own.AuthorizationScopes ?? authorizer.AuthorizationScopes,
  });
}
