import { describe, expect, it } from '@jest/globals';
import type { TemplateResource } from '../resolve.ts';
import { lambdaFunction, mapping, queue, read, schedule, table } from '../testing/template.ts';

type Properties = Record<string, unknown>;

const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:letters';
const TARGET = { Id: 'one', Arn: 'arn:aws:lambda:eu-west-1:000000000000:function:f' };
const RATE = 'rate(5 minutes)';
const rule = (properties: Properties): TemplateResource => ({
  Type: 'AWS::Events::Rule',
  Properties: { ScheduleExpression: RATE, Targets: [TARGET], ...properties },
});
const target = (properties: Properties) => rule({ Targets: [{ ...TARGET, ...properties }] });
const topic = (Properties: Properties) => ({ Type: 'AWS::SNS::Topic', Properties });
const subscription = (properties: Properties): TemplateResource => ({
  Type: 'AWS::SNS::Subscription',
  Properties: {
    TopicArn: 'arn:aws:sns:eu-west-1:000000000000:news',
    Protocol: 'sqs',
    Endpoint: QUEUE,
    ...properties,
  },
});
const ofApi = (kind: string, properties: Properties): TemplateResource => ({
  Type: `AWS::ApiGatewayV2::${kind}`,
  Properties: { ApiId: { Ref: 'Api' }, ...properties },
});
const api = (properties: Properties = {}) =>
  ofApi('Api', { ApiId: undefined, Name: 'shop', ProtocolType: 'HTTP', ...properties });
const ofApis = (One: TemplateResource, Two?: TemplateResource) => ({
  Api: api(),
  One,
  ...(Two && { Two }),
});
const invokeConfig = (properties: Properties) => ({
  Worker: lambdaFunction(),
  One: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: { FunctionName: { Ref: 'Worker' }, Qualifier: '$LATEST', ...properties },
  },
});
const mapped = (properties: Properties, ofQueue: Properties = {}) => ({
  Queue: queue(ofQueue),
  Worker: lambdaFunction(),
  One: mapping(properties),
});
const FIFO = { QueueName: 'orders.fifo', FifoQueue: true };
const key = (AttributeName: string, KeyType = 'HASH') => ({ AttributeName, KeyType });
const attribute = (AttributeName: string, AttributeType = 'S') => ({
  AttributeName,
  AttributeType,
});
const index = (properties: Properties = {}) => ({
  IndexName: 'byId',
  KeySchema: [key('id')],
  Projection: { ProjectionType: 'ALL' },
  ...properties,
});
const indexed = (properties: Properties) => table({ GlobalSecondaryIndexes: [index(properties)] });

const refuses = (resources: Record<string, TemplateResource>, text: string) =>
  expect(() => read(resources)).toThrow(`One: ${text}`);

describe('A deployment is refused, and so is the start:', () => {
  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_RequestBody
  it.each<[Properties, string]>([
    [{ Handler: undefined }, 'Handler has to be there'],
    [{ Runtime: undefined }, 'Runtime has to be there'],
    [{ Runtime: 'nodejs23.x' }, 'Runtime must be a runtime of Lambda, got "nodejs23.x"'],
    [{ Runtime: 'node24' }, 'Runtime must be a runtime of Lambda'],
    [{ Architectures: ['x86'] }, 'Architectures[0] must be one of x86_64, arm64, got "x86"'],
    [{ Layers: Array(6).fill('x') }, 'Layers must be at most 5 layers'],
    [{ EphemeralStorage: { Size: 128 } }, 'EphemeralStorage.Size must be a whole number from 512'],
    [{ Description: 'x'.repeat(257) }, 'Description must be at most 256 characters long'],
    [{ TracingConfig: { Mode: 'On' } }, 'TracingConfig.Mode must be one of Active, PassThrough'],
    [{ LoggingConfig: { LogFormat: 'json' } }, 'LoggingConfig.LogFormat must be one of Text, JSON'],
    [{ DeadLetterConfig: { TargetArn: TARGET.Arn } }, 'DeadLetterConfig.TargetArn must be the ARN'],
    [{ DeadLetterConfig: { TargetArn: `${QUEUE}.fifo` } }, 'DeadLetterConfig.TargetArn must be'],
  ])('a function with %j', (properties, text) => {
    refuses({ One: lambdaFunction(properties) }, text);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
  it.each<[Properties, string]>([
    [{ BatchSize: 0 }, 'BatchSize must be a whole number from 1 to 10000, got 0'],
    [{ BatchSize: 'ten' }, 'BatchSize must be a whole number from 1 to 10000, got "ten"'],
    [{ MaximumBatchingWindowInSeconds: 301 }, 'MaximumBatchingWindowInSeconds must be'],
    [{ FunctionResponseTypes: ['ReportBatchItemFailure'] }, 'FunctionResponseTypes[0] must be one'],
    [{ StartingPosition: 'LATEST' }, 'a mapping of a queue has no StartingPosition'],
    [
      { BisectBatchOnFunctionError: true },
      'a mapping of a queue has no BisectBatchOnFunctionError',
    ],
    [
      { ScalingConfig: { MaximumConcurrency: 2 }, ProvisionedPollerConfig: { MinimumPollers: 2 } },
      'there is one of ScalingConfig and ProvisionedPollerConfig',
    ],
    [
      { FilterCriteria: { Filters: Array(6).fill({ Pattern: '{"a":["b"]}' }) } },
      'FilterCriteria.F',
    ],
  ])('a mapping with %j', (properties, text) => {
    refuses(mapped(properties), text);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
  it.each<[Properties, string]>([
    [
      { BatchSize: 11, MaximumBatchingWindowInSeconds: 1 },
      'BatchSize is at most 10 for a FIFO queue',
    ],
    [{ MaximumBatchingWindowInSeconds: 5 }, 'a FIFO queue has no MaximumBatchingWindowInSeconds'],
  ])('a mapping of a FIFO queue with %j', (properties, text) => {
    refuses(mapped(properties, FIFO), text);
  });

  // https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
  it.each<[Properties, string]>([
    [{ Qualifier: 'a b' }, 'Qualifier must be $LATEST, a version or an alias, got "a b"'],
    [
      { DestinationConfig: { OnSuccess: { Destination: 'arn:aws:s3:::b' } } },
      'DestinationConfig.OnS',
    ],
    [
      { DestinationConfig: { OnFailure: { Destination: `${QUEUE}.fifo` } } },
      'DestinationConfig.OnF',
    ],
  ])('settings of asynchronous invocation with %j', (properties, text) => {
    refuses(invokeConfig(properties), text);
  });

  // https://github.com/localstack/localstack/blob/main/tests/aws/services/lambda_/test_lambda_api.snapshot.json
  it('a function that is a destination of its own', () => {
    const OnFailure = { Destination: { 'Fn::GetAtt': ['Worker', 'Arn'] } };

    expect(() => read(invokeConfig({ DestinationConfig: { OnFailure } }))).toThrow(
      'shop-test-worker: it cannot be a destination for itself',
    );
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
  it.each<[Properties, string]>([
    [{ MessageRetentionPeriod: 59 }, 'MessageRetentionPeriod must be a whole number from 60'],
    [{ MaximumMessageSize: 1023 }, 'MaximumMessageSize must be a whole number from 1024'],
    [{ ContentBasedDeduplication: true }, 'a standard queue has no ContentBasedDeduplication'],
    [{ ...FIFO, DeduplicationScope: 'group' }, 'DeduplicationScope must be one of messageGroup'],
    [
      { ...FIFO, FifoThroughputLimit: 'perMessageGroupId' },
      'FifoThroughputLimit perMessageGroupId',
    ],
    [
      { RedrivePolicy: { maxReceiveCount: 3 } },
      'RedrivePolicy.deadLetterTargetArn has to be there',
    ],
    [{ RedrivePolicy: { deadLetterTargetArn: QUEUE } }, 'RedrivePolicy.maxReceiveCount has to be'],
    [
      { RedrivePolicy: `{"deadLetterTargetArn":"${TARGET.Arn}","maxReceiveCount":3}` },
      'RedrivePolicy.deadLetterTargetArn must be the ARN of a queue',
    ],
    [
      { ...FIFO, RedrivePolicy: { deadLetterTargetArn: QUEUE, maxReceiveCount: 3 } },
      'the dead-letter queue of a FIFO queue is one too',
    ],
    [{ RedriveAllowPolicy: { redrivePermission: 'all' } }, 'RedriveAllowPolicy.redrivePermission'],
    [
      { RedriveAllowPolicy: { redrivePermission: 'byQueue' } },
      'RedriveAllowPolicy has sourceQueueA',
    ],
  ])('a queue with %j', (properties, text) => {
    refuses({ One: queue(properties) }, text);
  });

  // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
  it.each<[Properties, string]>([
    [{ TopicName: 'my news' }, 'TopicName must be 1 to 256 letters, digits, - and _'],
    [{ TopicName: 'news.fifo' }, 'TopicName must be 1 to 256 letters'],
    [{ TopicName: 'news', FifoTopic: true }, 'TopicName must be 1 to 256 letters'],
    [{ DisplayName: 'x'.repeat(101) }, 'DisplayName must be at most 100 characters long'],
    [{ ContentBasedDeduplication: true }, 'a standard topic has no ContentBasedDeduplication'],
  ])('a topic with %j', (properties, text) => {
    refuses({ One: topic(properties) }, text);
  });

  // https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
  it.each<[Properties, string]>([
    [{ Protocol: 'sqss' }, 'Protocol must be one of'],
    [{ Protocol: 'lambda' }, 'Endpoint must be one of the protocol lambda'],
    [
      { Protocol: 'lambda', Endpoint: TARGET.Arn, RawMessageDelivery: true },
      'the protocol lambda has',
    ],
    [{ Endpoint: `${QUEUE}.fifo` }, 'a FIFO queue cannot be subscribed to the standard topic'],
    [{ FilterPolicy: { a: ['b'] }, FilterPolicyScope: 'Body' }, 'FilterPolicyScope must be one of'],
    [{ RedrivePolicy: {} }, 'RedrivePolicy.deadLetterTargetArn has to be there'],
    [
      { TopicArn: 'arn:aws:sns:eu-west-1:000000000000:news.fifo', Protocol: 'lambda' },
      'the Protocol of a FIFO topic is sqs, got lambda',
    ],
  ])('a subscription with %j', (properties, text) => {
    refuses({ One: subscription(properties) }, text);
  });

  // https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
  it.each<[Properties, string]>([
    [{ a: [1], b: [1], c: [1], d: [1], e: [1], f: [1] }, 'it can not have more than 5 keys'],
    [{ a: Array(13).fill('x'), b: Array(12).fill('y') }, 'its values make 156 combinations'],
  ])('a filter policy %j', (FilterPolicy, text) => {
    refuses({ One: subscription({ FilterPolicy }) }, `FilterPolicy: ${text}`);
  });

  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
  it.each<[TemplateResource, string]>([
    [table({ KeySchema: [key('sku')] }), 'AttributeDefinitions: the keys need sku'],
    [
      table({ AttributeDefinitions: [attribute('id'), attribute('sku')] }),
      'AttributeDefinitions: no',
    ],
    [
      table({ AttributeDefinitions: [attribute('id', 'N1')] }),
      'AttributeDefinitions: the type of id',
    ],
    [
      table({ AttributeDefinitions: [attribute('id'), attribute('id')] }),
      'AttributeDefinitions: each',
    ],
    [
      table({
        AttributeDefinitions: [attribute('id'), attribute('sku')],
        KeySchema: [key('id'), key('sku')],
      }),
      'KeySchema is a HASH key and at most one RANGE key of another name',
    ],
    [table({ KeySchema: [key('id', 'RANGE')] }), 'KeySchema is a HASH key'],
    [table({ TableName: 'my table' }), 'TableName must be 3 to 255 letters'],
    [table({ BillingMode: undefined }), 'a table of the BillingMode PROVISIONED needs Provisioned'],
    [
      table({ ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } }),
      'a table of the BillingMode PAY_PER_REQUEST has no ProvisionedThroughput',
    ],
    [
      indexed({ Projection: { ProjectionType: 'INCLUDE' } }),
      'byId: the ProjectionType INCLUDE needs',
    ],
    [indexed({ Projection: {} }), 'byId: ProjectionType must be ALL, KEYS_ONLY or INCLUDE'],
    [indexed({ IndexName: 'x' }), 'IndexName must be 3 to 255 letters'],
    [table({ GlobalSecondaryIndexes: [index(), index()] }), 'each IndexName is there once'],
    [table({ LocalSecondaryIndexes: [index()] }), 'byId: KeySchema of a local index is a HASH key'],
  ])('a table %j', (One, text) => {
    refuses({ One }, text);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  it.each<[TemplateResource, string]>([
    [target({ Input: '{no}' }), 'Targets[0].Input must be the JSON text of a value, got "{no}"'],
    [target({ Input: '{}', InputPath: '$.a' }), 'Targets[0] has one of Input, InputPath, InputT'],
    [target({ InputPath: 'a' }), 'Targets[0].InputPath must be a JSON path'],
    [target({ Id: undefined }), 'Targets[0].Id has to be there'],
    [target({ RetryPolicy: { MaximumRetryAttempts: 186 } }), 'Targets[0].RetryPolicy.MaximumRetry'],
    [rule({ Targets: Array(6).fill(TARGET) }), 'Targets must be at most 5 targets'],
    [rule({ Targets: [TARGET, TARGET] }), 'Targets: each Id is there once, got one, one'],
    [rule({ ScheduleExpression: undefined }), 'EventPattern or ScheduleExpression has to be there'],
    [rule({ EventBusName: 'orders' }), 'a ScheduleExpression is for the default event bus alone'],
    [rule({ Name: 'my rule' }), 'Name must be 1 to 64 letters'],
    [rule({ State: 'ON' }), 'State must be one of ENABLED, DISABLED'],
  ])('a rule %j', (One, text) => {
    refuses({ One }, text);
  });

  // https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
  it.each<[Properties, string]>([
    [{ Target: { ...TARGET, Input: 'no' } }, 'Target.Input must be the JSON text of a value'],
    [{ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, 'FlexibleTimeWindow has MaximumWindowInMinutes'],
    [{ FlexibleTimeWindow: undefined }, 'FlexibleTimeWindow has to be there'],
    [{ ScheduleExpressionTimezone: 'Mars' }, 'ScheduleExpressionTimezone must be a time zone'],
    [{ ScheduleExpression: 'at(2030-01-01)' }, 'AWS would refuse the schedule "at(2030-01-01)"'],
    [{ ScheduleExpression: 'cron(0 9 * * * *)' }, 'AWS would refuse the schedule'],
  ])('a schedule with %j', (properties, text) => {
    refuses({ One: schedule(properties) }, text);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integration.html
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-authorizer.html
  it.each<[TemplateResource, string]>([
    [ofApi('Route', { RouteKey: 'FETCH /a' }), 'RouteKey must be $default or "METHOD /path"'],
    [ofApi('Route', { RouteKey: 'GET a' }), 'RouteKey must be $default or "METHOD /path"'],
    [
      ofApi('Route', { RouteKey: 'GET /a', AuthorizationType: 'JWT' }),
      'AuthorizationType JWT needs',
    ],
    [
      ofApi('Integration', { TimeoutInMillis: 30_001 }),
      'TimeoutInMillis must be a whole number from',
    ],
    [
      ofApi('Integration', { IntegrationType: 'AWS_PROXY' }),
      'PayloadFormatVersion has to be there',
    ],
    [ofApi('Integration', { PayloadFormatVersion: '3.0' }), 'PayloadFormatVersion must be one of'],
    [ofApi('Stage', { StageName: 'my stage' }), 'StageName must be $default, or 1 to 128'],
    [
      ofApi('Authorizer', { AuthorizerType: 'JWT' }),
      'JwtConfiguration.Issuer must be an https URL',
    ],
    [
      ofApi('Authorizer', {
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '1.0',
        EnableSimpleResponses: true,
      }),
      'EnableSimpleResponses needs the AuthorizerPayloadFormatVersion 2.0, got 1.0',
    ],
  ])('of an HTTP API %j', (One, text) => {
    refuses(ofApis(One), text);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
  it('two routes of the same key', () => {
    const route = ofApi('Route', { RouteKey: 'GET /orders' });

    expect(() => read(ofApis(route, route))).toThrow(
      'Two: the API has a route GET /orders already',
    );
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
  it.each<[Properties, string]>([
    [{ Type: 'String', Default: 'c', AllowedValues: ['a', 'b'] }, 'one of a, b, got "c"'],
    [{ Type: 'String', Default: 'A', AllowedPattern: '[a-z]+' }, 'of the form [a-z]+, got "A"'],
    [{ Type: 'String', Default: 'abc', MaxLength: 2 }, '0 to 2 characters long, got "abc"'],
    [{ Type: 'Number', Default: 0, MinValue: 1, MaxValue: '9' }, '1 to 9, got 0'],
  ])('a parameter %j', (Size, text) => {
    expect(() => read({}, { Parameters: { Size } })).toThrow(`Parameters.Size must be ${text}`);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
  it('credentials from every origin', () => {
    const CorsConfiguration = { AllowCredentials: true, AllowOrigins: ['*'] };

    refuses({ One: api({ CorsConfiguration }) }, 'CorsConfiguration: AllowCredentials needs');
  });
});

describe('AWS takes, and so does the start:', () => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
  it('a FIFO queue and topic whose names CloudFormation makes', () => {
    const { queues, topics } = read({
      Orders: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
      News: topic({ FifoTopic: true }),
    });

    expect([queues[0]?.name, topics[0]?.name]).toEqual([
      'shop-test-Orders.fifo',
      'shop-test-News.fifo',
    ]);
  });

  // https://github.com/badmintoncryer/cdk-preflight/blob/main/rules/scheduler/pf-scheduler-schedule-expression/rule.rego
  it.each(['rate(1 minutes)', 'RATE(2 minute)', 'cron(0 9 * * ?)', 'AT(2030-01-01T00:00:00)'])(
    'the schedule %s of the Scheduler',
    (ScheduleExpression) => {
      expect(() => read({ One: schedule({ ScheduleExpression }) })).not.toThrow();
    },
  );

  // https://github.com/badmintoncryer/cdk-preflight/blob/main/rules/events/pf-events-rule-cron-fields/rule.rego
  it('a rule of a year after 2199', () => {
    expect(() =>
      read({ One: rule({ ScheduleExpression: 'cron(0 20 * * ? 2500)' }) }),
    ).not.toThrow();
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html
  it.each(['"hello"', '{}', 'null'])('the input %s of a target', (Input) => {
    expect(() => read({ One: target({ Input }) })).not.toThrow();
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
  it.each(['java17.al2023', 'java8.al2', 'python3.13', 'provided.al2023'])(
    'a function of the runtime %s, which is not run here',
    (Runtime) => {
      const { functions, notRun } = read({ One: lambdaFunction({ Runtime }) });

      expect(functions).toEqual([]);
      expect(notRun.map(({ why }) => why)).toEqual([
        `the runtime "${Runtime}" is not run; what would invoke it is left out`,
      ]);
    },
  );

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html#eventbridge-PutRule-request-Name
  it('rules of one name on two event buses, and schedules of one name in two groups', () => {
    const ofBus = (EventBusName: string) =>
      rule({
        ...{ Name: 'same', EventBusName, ScheduleExpression: undefined },
        EventPattern: { source: ['shop'] },
      });
    const ofGroup = (GroupName?: string) => schedule({ Name: 'same', GroupName });

    expect(() => read({ One: ofBus('default'), Two: ofBus('other') })).not.toThrow();
    expect(() => read({ One: ofGroup(), Two: ofGroup('other') })).not.toThrow();
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
  it.each([
    ['\\p{Alnum}+', 'abc'],
    ['\\A[a-z-]+\\z', 'a-b'],
  ])('the parameter pattern %s, which JavaScript does not know', (AllowedPattern, Default) => {
    const Word = { Type: 'String', Default, AllowedPattern };
    expect(() => read({}, { Parameters: { Word } })).not.toThrow();
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
  it('what CloudFormation looks up when it deploys: a default stands for a number, and nothing for a schedule', () => {
    const looked = '{{resolve:ssm:/value}}';
    const { functions, queues, schedules, notRun } = read({
      Worker: lambdaFunction({
        ...{ Timeout: looked, MemorySize: looked, Description: 'x'.repeat(257) + looked },
        DeadLetterConfig: { TargetArn: looked },
      }),
      Queue: queue({
        VisibilityTimeout: looked,
        RedrivePolicy: { deadLetterTargetArn: looked, maxReceiveCount: 3 },
      }),
      One: schedule({ ScheduleExpression: looked }),
      Two: rule({ ScheduleExpression: looked }),
      Three: subscription({ Protocol: 'https', Endpoint: looked }),
    });

    expect(functions).toMatchObject([{ timeoutSeconds: 3, memoryMb: 128 }]);
    expect(queues[0]?.attributes).not.toHaveProperty('VisibilityTimeout');
    expect(schedules).toEqual([]);
    expect(notRun).toContainEqual({
      what: 'Worker.Timeout',
      why: `${looked} is not looked up, its default stands for it`,
    });
    expect(notRun).toContainEqual({
      what: 'One.ScheduleExpression',
      why: `${looked} stays as it is written, nothing is looked up`,
    });
  });
});
