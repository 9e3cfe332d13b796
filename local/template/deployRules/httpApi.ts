import { isOnThisMachine } from '../../gateway/jwt.ts';
import {
  isTrue,
  objectOf,
  oneOf,
  type ResourceRules,
  type Together,
  whole,
  written,
} from './rule.ts';

const ofApi: Together = ({ CorsConfiguration }) => {
  const { AllowCredentials, AllowOrigins } = objectOf(CorsConfiguration);
  return [
    isTrue(AllowCredentials) &&
      [AllowOrigins].flat().includes('*') &&
      'CorsConfiguration: AllowCredentials needs AllowOrigins without "*"',
  ];
};

const ofRoute: Together = ({
  AuthorizationType: type = 'NONE',
  AuthorizerId,
  AuthorizationScopes,
}) => [
  ['JWT', 'CUSTOM'].includes(String(type)) &&
    AuthorizerId === undefined &&
    `AuthorizationType ${type} needs an AuthorizerId`,
  Array.isArray(AuthorizationScopes) &&
    AuthorizationScopes.length > 0 &&
    type !== 'JWT' &&
    `AuthorizationScopes need the AuthorizationType JWT, got ${type}`,
];

const ofAuthorizer: Together = (properties) => {
  const {
    AuthorizerType: type,
    IdentitySource,
    AuthorizerResultTtlInSeconds: ttl = 0,
  } = properties;
  const { Issuer: issuer, Audience: audience } = objectOf(properties.JwtConfiguration);
  const version = properties.AuthorizerPayloadFormatVersion;
  const sources = [IdentitySource ?? []].flat();
  if (type === 'JWT')
    return [
      !/^https:/.test(String(issuer)) &&
        !isOnThisMachine(String(issuer)) &&
        `JwtConfiguration.Issuer must be an https URL, got ${JSON.stringify(issuer)}`,
      [audience ?? []].flat().length === 0 && 'JwtConfiguration.Audience has to be there',
    ];
  return [
    isTrue(properties.EnableSimpleResponses) &&
      String(version) !== '2.0' &&
      `EnableSimpleResponses needs the AuthorizerPayloadFormatVersion 2.0, got ${version}`,
    Number(ttl) > 0 &&
      sources.length === 0 &&
      `AuthorizerResultTtlInSeconds ${ttl} needs an IdentitySource`,
  ];
};

export const HTTP_API_RULES: Record<string, ResourceRules> = {
  // https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
  'AWS::ApiGatewayV2::Api': {
    values: {
      ProtocolType: oneOf('HTTP', 'WEBSOCKET'),
      'CorsConfiguration.MaxAge': whole(-1, 86_400),
    },
    together: ofApi,
  },
  'AWS::ApiGatewayV2::Stage': {
    values: {
      StageName: written(
        /^(\$default|[\w-]{1,128})$/,
        '$default, or 1 to 128 letters, digits, - and _',
      ),
    },
  },
  'AWS::ApiGatewayV2::Route': {
    values: { AuthorizationType: oneOf('NONE', 'AWS_IAM', 'CUSTOM', 'JWT') },
    together: ofRoute,
  },
  'AWS::ApiGatewayV2::Integration': {
    values: { TimeoutInMillis: whole(50, 30_000), PayloadFormatVersion: oneOf('1.0', '2.0') },
  },
  'AWS::ApiGatewayV2::Authorizer': {
    values: {
      AuthorizerType: oneOf('REQUEST', 'JWT'),
      AuthorizerPayloadFormatVersion: oneOf('1.0', '2.0'),
      AuthorizerResultTtlInSeconds: whole(0, 3600),
    },
    together: ofAuthorizer,
  },
};
