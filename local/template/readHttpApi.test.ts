import { describe, expect, it } from '@jest/globals';
import type { TemplateResource } from './resolve.ts';
import { lambdaFunction, read } from './testing/template.ts';

const resource = (Type: string, Properties: Record<string, unknown>): TemplateResource => ({
  Type: `AWS::ApiGatewayV2::${Type}`,
  Properties,
});
const api = (ProtocolType: string) => resource('Api', { Name: 'shop', ProtocolType });
const route = (apiId: string, RouteKey: string, integration: string) =>
  resource('Route', {
    ApiId: { Ref: apiId },
    RouteKey,
    Target: { 'Fn::Join': ['/', ['integrations', { Ref: integration }]] },
  });
const integration = (apiId: string, IntegrationUri: unknown) =>
  resource('Integration', {
    ApiId: { Ref: apiId },
    IntegrationType: 'AWS_PROXY',
    IntegrationUri,
    PayloadFormatVersion: '2.0',
  });
const workerArn = { 'Fn::GetAtt': ['Worker', 'Arn'] };

const operation = (rest: object = {}) => ({
  'x-amazon-apigateway-integration': {
    httpMethod: 'POST',
    type: 'aws_proxy',
    uri: {
      'Fn::Sub':
        'arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Worker.Arn}/invocations',
    },
    payloadFormatVersion: '2.0',
  },
  responses: {},
  ...rest,
});

describe('The HTTP API of a template', () => {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
  it('has the routes, authorizers and CORS of its OpenAPI document', () => {
    const staff = {
      type: 'oauth2',
      'x-amazon-apigateway-authorizer': {
        type: 'jwt',
        identitySource: '$request.header.Authorization',
        jwtConfiguration: { issuer: 'http://127.0.0.1:1', audience: ['shop'] },
      },
    };
    const { httpApi } = read(
      {
        HttpApi: resource('Api', {
          Body: {
            openapi: '3.0.1',
            paths: {
              '/orders': {
                post: operation({ security: [{ Staff: ['orders'] }] }),
                get: { 'Fn::If': ['IsOpen', operation(), { Ref: 'AWS::NoValue' }] },
              },
              $default: { 'x-amazon-apigateway-any-method': operation({ isDefaultRoute: true }) },
            },
            components: { securitySchemes: { Staff: staff } },
            'x-amazon-apigateway-cors': { allowOrigins: ['*'], maxAge: 60 },
          },
        }),
        Worker: lambdaFunction(),
      },
      { Conditions: { IsOpen: { 'Fn::Equals': ['a', 'b'] } } },
    );

    expect(httpApi?.routes).toMatchObject([
      {
        routeKey: 'POST /orders',
        functionName: 'shop-test-worker',
        authorizer: { kind: 'jwt', audiences: ['shop'] },
        scopes: ['orders'],
      },
      { routeKey: '$default', functionName: 'shop-test-worker', payloadFormatVersion: '2.0' },
    ]);
    expect(httpApi?.cors).toMatchObject({ allowOrigins: ['*'], maxAgeSeconds: 60 });
  });

  it.each([
    ['its ARN', workerArn],
    ['the ARN of an alias', { Ref: 'Alias' }],
    [
      'the path of its invocations',
      {
        'Fn::Sub': [
          'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Arn}/invocations',
          { Arn: workerArn },
        ],
      },
    ],
  ])('routes to a function by %s', (_form, uri) => {
    const { httpApi } = read({
      HttpApi: api('HTTP'),
      Worker: lambdaFunction(),
      Alias: {
        Type: 'AWS::Lambda::Alias',
        Properties: { FunctionName: { Ref: 'Worker' }, Name: 'live' },
      },
      Integration: integration('HttpApi', uri),
      Route: route('HttpApi', 'GET /x', 'Integration'),
    });

    expect(httpApi?.routes).toMatchObject([
      { routeKey: 'GET /x', functionName: 'shop-test-worker' },
    ]);
  });

  it('has its own routes only; other APIs are listed as not run', () => {
    const { httpApi, notRun } = read({
      Chat: api('WEBSOCKET'),
      HttpApi: api('HTTP'),
      Second: api('HTTP'),
      Worker: lambdaFunction(),
      ChatIntegration: integration('Chat', workerArn),
      ChatRoute: route('Chat', '$default', 'ChatIntegration'),
      SecondIntegration: integration('Second', workerArn),
      SecondRoute: route('Second', 'GET /second', 'SecondIntegration'),
      StrayRoute: resource('Route', { ApiId: 'abc', RouteKey: 'GET /stray', Target: 'x' }),
      Integration: integration('HttpApi', workerArn),
      Route: route('HttpApi', 'GET /x', 'Integration'),
    });

    expect(httpApi?.routes.map(({ routeKey }) => routeKey)).toEqual(['GET /x']);
    expect(notRun.map(({ what }) => what)).toEqual([
      'Chat (AWS::ApiGatewayV2::Api)',
      'Second (AWS::ApiGatewayV2::Api)',
      'StrayRoute (AWS::ApiGatewayV2::Route)',
    ]);
  });

  it('is served as the stage $default, and says so of one with a name', () => {
    const { notRun } = read({
      HttpApi: api('HTTP'),
      Stage: resource('Stage', { ApiId: { Ref: 'HttpApi' }, StageName: 'v1' }),
    });

    expect(notRun).toEqual([
      {
        what: 'Stage.StageName',
        why: 'the API is served as the stage $default: no "/v1" before its paths',
      },
    ]);
  });
});
