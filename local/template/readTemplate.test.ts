import { describe, expect, it } from '@jest/globals';
import { buildModel } from './readTemplate.ts';
import type { TemplateResource } from './resolve.ts';

const place = {
  service: 'shop',
  stage: 'test',
  region: 'eu-west-1',
  apiUrl: 'http://127.0.0.1:8080',
  sqsUrl: 'http://127.0.0.1:4100',
};
const lambdaFunction = (properties: Record<string, unknown> = {}): TemplateResource => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Key: 'serverless/shop/test/1/worker.zip' },
    Handler: 'functions/worker.handler',
    Runtime: 'nodejs24.x',
    FunctionName: 'shop-test-worker',
    ...properties,
  },
});
const read = (Resources: Record<string, TemplateResource>, rest = {}) =>
  buildModel({ Resources, ...rest }, '/package', place);

describe('A compiled template', () => {
  it('gives functions with their zip, names, limits and resolved environment', () => {
    const { functions } = read({
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } },
      Worker: lambdaFunction({
        Timeout: 10,
        Environment: { Variables: { URL: { Ref: 'Queue' }, N: 3 } },
        ReservedConcurrentExecutions: 0,
      }),
    });

    expect(functions).toEqual([
      {
        logicalId: 'Worker',
        key: 'worker',
        name: 'shop-test-worker',
        arn: 'arn:aws:lambda:eu-west-1:000000000000:function:shop-test-worker',
        handler: 'functions/worker.handler',
        runtime: 'nodejs24.x',
        zipPath: '/package/worker.zip',
        timeoutSeconds: 10,
        memoryMb: 128,
        environment: { URL: 'http://127.0.0.1:4100/000000000000/orders', N: '3' },
        reservedConcurrency: 0,
        deadLetterArn: undefined,
      },
    ]);
  });

  it('gives queue attributes as SQS takes them', () => {
    const { queues } = read({
      Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'orders',
          VisibilityTimeout: 61,
          RedrivePolicy: {
            deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] },
            maxReceiveCount: 5,
          },
        },
      },
    });

    expect(queues[1]?.attributes).toEqual({
      VisibilityTimeout: '61',
      RedrivePolicy:
        '{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dead","maxReceiveCount":5}',
    });
  });

  it('joins routes, integrations and functions of its HTTP API', () => {
    const { httpApi, outputs } = read(
      {
        HttpApi: {
          Type: 'AWS::ApiGatewayV2::Api',
          Properties: { Name: 'shop', ProtocolType: 'HTTP' },
        },
        Worker: lambdaFunction(),
        Integration: {
          Type: 'AWS::ApiGatewayV2::Integration',
          Properties: {
            ApiId: { Ref: 'HttpApi' },
            IntegrationType: 'AWS_PROXY',
            IntegrationUri: { 'Fn::GetAtt': ['Worker', 'Arn'] },
            PayloadFormatVersion: '2.0',
            TimeoutInMillis: 30_000,
          },
        },
        Route: {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: {
            ApiId: { Ref: 'HttpApi' },
            RouteKey: 'POST /x',
            Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
          },
        },
      },
      { Outputs: { HttpApiUrl: { Value: { 'Fn::Sub': 'https://${HttpApi}.execute-api' } } } },
    );

    expect(httpApi?.routes).toEqual([
      {
        routeKey: 'POST /x',
        functionName: 'shop-test-worker',
        timeoutMs: 30_000,
        payloadFormatVersion: '2.0',
      },
    ]);
    expect(outputs.HttpApiUrl).toBe('http://127.0.0.1:8080');
  });

  it('leaves out a resource whose condition does not hold', () => {
    const { queues } = read(
      { Queue: { Type: 'AWS::SQS::Queue', Condition: 'Never' } },
      { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } } },
    );

    expect(queues).toEqual([]);
  });

  it('lists what is not run and would change behaviour, once each', () => {
    const { notRun } = read({
      Role: { Type: 'AWS::IAM::Role' },
      One: lambdaFunction({ Layers: ['x'] }),
      Two: lambdaFunction({ Layers: ['x'], FunctionName: 'two' }),
      Bus: { Type: 'AWS::Events::EventBus' },
      Mail: {
        Type: 'AWS::SNS::Subscription',
        Properties: { Protocol: 'email', TopicArn: 't', Endpoint: 'e' },
      },
    });

    expect(notRun).toEqual([
      { what: 'AWS::Lambda::Function Layers', why: 'the function runs without its layers' },
      { what: 'Bus (AWS::Events::EventBus)', why: 'resources of this type are not run' },
      {
        what: 'Mail (AWS::SNS::Subscription)',
        why: 'nothing is delivered by the protocol "email"',
      },
    ]);
  });

  it.each([
    [
      { Worker: lambdaFunction({ Code: { ImageUri: 'x' } }) },
      'Resources.Worker.Properties.Code.S3Key: only zip packages are run',
    ],
    [
      {
        Mapping: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: {
            EventSourceArn: 'arn:aws:sqs:eu-west-1:0:q',
            FilterCriteria: { Filters: [{ Pattern: 'x' }] },
          },
        },
      },
      'Resources.Mapping.Properties.FilterCriteria.Filters[0].Pattern: expected the JSON text of an object, got "x"',
    ],
  ])('that cannot be run names the place: %#', (resources, message) => {
    expect(() => read(resources as Record<string, TemplateResource>)).toThrow(message);
  });
});
