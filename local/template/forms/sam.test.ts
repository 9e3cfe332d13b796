import { describe, expect, it } from '@jest/globals';
import { lambdaFunction, read } from '../testing/template.ts';
import { expandSam } from './sam.ts';

const FUNCTION = { Runtime: 'nodejs24.x', Handler: 'app.handler', CodeUri: 's3://code/work.zip' };

/** The model of a template with one function of SAM. */
const model = (properties: Record<string, unknown>, rest: Record<string, object> = {}) => {
  const { Resources = {}, ...sections } = rest;
  const { Resources: expanded } = expandSam({
    Transform: 'AWS::Serverless-2016-10-31',
    Resources: {
      Work: { Type: 'AWS::Serverless::Function', Properties: { ...FUNCTION, ...properties } },
      ...Resources,
    },
    ...sections,
  });
  return read(expanded);
};
const event = (Type: string, Properties: Record<string, unknown>) => ({
  Events: { It: { Type, Properties } },
});

// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
describe('a template of SAM', () => {
  it('has its globals under what a function says itself', () => {
    const { functions } = model(
      { Timeout: 9, Environment: { Variables: { OWN: 'own', BOTH: 'own' } } },
      {
        Globals: {
          Function: {
            Timeout: 5,
            MemorySize: 512,
            Environment: { Variables: { ALL: 'all', BOTH: 'all' } },
          },
        },
      },
    );

    expect(functions[0]).toMatchObject({
      timeoutSeconds: 9,
      memoryMb: 512,
      environment: { OWN: 'own', ALL: 'all', BOTH: 'own' },
    });
  });

  it.each([
    ['a path', { Path: '/orders/{id}', Method: 'get' }, 'GET /orders/{id}'],
    ['any method', { Path: '/orders', Method: 'ANY' }, 'ANY /orders'],
    ['no path', {}, '$default'],
  ])('serves a function by its API: %s', (_, properties, routeKey) => {
    expect(model(event('HttpApi', properties)).httpApi?.routes).toMatchObject([
      { routeKey, functionName: 'shop-test-Work', payloadFormatVersion: '2.0' },
    ]);
  });

  it('protects the routes of an API by its default authorizer, but one that wants none', () => {
    const Auth = {
      DefaultAuthorizer: 'Staff',
      Authorizers: {
        Staff: {
          JwtConfiguration: { issuer: 'http://127.0.0.1:1', audience: ['shop'] },
          AuthorizationScopes: ['read'],
        },
      },
    };
    const { httpApi } = model(
      {
        Events: {
          Open: {
            Type: 'HttpApi',
            Properties: {
              ApiId: { Ref: 'Api' },
              Path: '/open',
              Method: 'get',
              Auth: { Authorizer: 'NONE' },
            },
          },
          Closed: {
            Type: 'HttpApi',
            Properties: { ApiId: { Ref: 'Api' }, Path: '/closed', Method: 'get' },
          },
        },
      },
      {
        Resources: {
          Api: { Type: 'AWS::Serverless::HttpApi', Properties: { Auth, CorsConfiguration: true } },
        },
      },
    );

    expect(
      httpApi?.routes.map(({ routeKey, authorizer, scopes }) => [
        routeKey,
        authorizer?.kind,
        scopes,
      ]),
    ).toEqual([
      ['GET /open', undefined, undefined],
      ['GET /closed', 'jwt', ['read']],
    ]);
    expect(httpApi?.cors?.allowOrigins).toEqual(['*']);
  });

  it('maps a queue, subscribes to a topic and follows a schedule', () => {
    const queue = { Queue: { Type: 'AWS::SQS::Queue' }, Topic: { Type: 'AWS::SNS::Topic' } };
    const { eventSourceMappings, subscriptions, schedules } = model(
      {
        Events: {
          Q: {
            Type: 'SQS',
            Properties: { Queue: { 'Fn::GetAtt': ['Queue', 'Arn'] }, BatchSize: 3 },
          },
          T: { Type: 'SNS', Properties: { Topic: { Ref: 'Topic' }, FilterPolicy: { a: ['b'] } } },
          R: { Type: 'Schedule', Properties: { Schedule: 'rate(1 minute)', Enabled: false } },
          S: {
            Type: 'ScheduleV2',
            Properties: { ScheduleExpression: 'rate(2 minutes)', Input: '{}' },
          },
        },
      },
      { Resources: queue },
    );

    expect(eventSourceMappings).toMatchObject([{ functionName: 'shop-test-Work', batchSize: 3 }]);
    expect(subscriptions).toMatchObject([{ protocol: 'lambda', filterPolicy: { a: ['b'] } }]);
    expect(schedules).toMatchObject([
      { expression: 'rate(1 minute)', enabled: false },
      {
        expression: 'rate(2 minutes)',
        enabled: true,
        source: 'aws.scheduler',
        targets: [{ input: '{}' }],
      },
    ]);
  });

  it('makes the queue of a destination that names none', () => {
    const { queues, asyncInvocation } = model({
      EventInvokeConfig: {
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Type: 'SQS' } },
      },
    });

    expect(asyncInvocation).toMatchObject([
      { functionName: 'shop-test-Work', maximumRetryAttempts: 1, onFailureArn: queues[0]?.arn },
    ]);
  });

  it('makes a table with one key', () => {
    const { tables } = model(
      {},
      { Resources: { Table: { Type: 'AWS::Serverless::SimpleTable' } } },
    );

    expect(tables[0]?.definition).toMatchObject({
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
  });

  it('lists an event that is not run', () => {
    expect(model(event('Api', { Path: '/', Method: 'get' })).notRun).toEqual([
      {
        what: 'WorkIt (AWS::Serverless::Function event Api)',
        why: 'resources of this type are not run',
      },
    ]);
  });

  it('with another transform is refused', () => {
    expect(() =>
      expandSam({
        Transform: ['AWS::LanguageExtensions'],
        Resources: { Worker: lambdaFunction() },
      }),
    ).toThrow(
      'Transform: only AWS::Serverless-2016-10-31 is carried out here, got "AWS::LanguageExtensions"',
    );
  });
});
