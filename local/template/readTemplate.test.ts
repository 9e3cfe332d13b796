import { describe, expect, it } from '@jest/globals';
import { lambdaFunction, mapping, queue, read, schedule, table } from './testing/template.ts';

describe('A compiled template', () => {
  it('gives functions with their zip, names, limits and resolved environment', () => {
    const { functions } = read({
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } },
      Worker: lambdaFunction({
        Timeout: 10,
        Description: 'pays',
        Environment: { Variables: { URL: { Ref: 'Queue' }, LIMIT: 3 } },
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
        logging: { isJson: false, applicationLevel: 'INFO', systemLevel: 'INFO' },
        environment: { URL: 'http://127.0.0.1:4100/000000000000/orders', LIMIT: '3' },
        reservedConcurrency: 0,
        deadLetterArn: undefined,
        described: { Description: 'pays' },
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

  // As the framework writes it.
  const API_URL = 'https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}';

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
      { Outputs: { HttpApiUrl: { Value: { 'Fn::Sub': API_URL } } } },
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

  it('subscribes what a topic itself lists', () => {
    const { subscriptions, notRun } = read({
      Worker: lambdaFunction(),
      Topic: {
        Type: 'AWS::SNS::Topic',
        Properties: {
          TopicName: 'parcels',
          DisplayName: '',
          Subscription: [{ Protocol: 'lambda', Endpoint: { 'Fn::GetAtt': ['Worker', 'Arn'] } }],
        },
      },
    });

    expect(subscriptions).toMatchObject([
      {
        topicArn: 'arn:aws:sns:eu-west-1:000000000000:parcels',
        protocol: 'lambda',
        endpoint: 'arn:aws:lambda:eu-west-1:000000000000:function:shop-test-worker',
      },
    ]);
    expect(notRun).toEqual([]);
  });

  it('knows the stream of a table, though there is none', () => {
    const { outputs } = read(
      { Orders: table({ TableName: 'orders' }) },
      { Outputs: { Stream: { Value: { 'Fn::GetAtt': ['Orders', 'StreamArn'] } } } },
    );

    expect(outputs.Stream).toContain(':table/orders/stream/');
  });

  it("gives a schedule's ARN the group that holds it", () => {
    const { outputs } = read(
      {
        Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'nightly' } },
        Grouped: schedule({ Name: 'same', GroupName: { Ref: 'Group' } }),
        Alone: schedule({ Name: 'same' }),
      },
      {
        Outputs: {
          Grouped: { Value: { 'Fn::GetAtt': ['Grouped', 'Arn'] } },
          Alone: { Value: { 'Fn::GetAtt': ['Alone', 'Arn'] } },
        },
      },
    );

    const schedules = 'arn:aws:scheduler:eu-west-1:000000000000:schedule';
    expect(outputs).toEqual({
      Grouped: `${schedules}/nightly/same`,
      Alone: `${schedules}/default/same`,
    });
  });

  it('leaves out a resource whose condition does not hold', () => {
    const { queues } = read(
      { Queue: { Type: 'AWS::SQS::Queue', Condition: 'Never' } },
      { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } } },
    );

    expect(queues).toEqual([]);
  });

  it('that AWS would not read names the place', () => {
    const FilterCriteria = { Filters: [{ Pattern: 'x' }] };

    expect(() =>
      read({ Queue: queue(), Worker: lambdaFunction(), Mapping: mapping({ FilterCriteria }) }),
    ).toThrow(
      'Resources.Mapping.Properties.FilterCriteria.Filters[0].Pattern: expected the JSON text of an object, got "x"',
    );
  });
});
