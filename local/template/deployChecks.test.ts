import { describe, expect, it } from '@jest/globals';
import { lambdaFunction, mapping, queue, read } from './testing/template.ts';

const readMapping = (
  ofMapping: Record<string, unknown>,
  ofFunction: Record<string, unknown> = {},
  ofQueue: Record<string, unknown> = {},
) =>
  read({ Queue: queue(ofQueue), Worker: lambdaFunction(ofFunction), Mapping: mapping(ofMapping) });

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
describe('A mapping that AWS refuses', () => {
  it.each([
    [
      'a visibility timeout shorter than the function may run',
      () => readMapping({}, { Timeout: 31 }),
      'orders -> shop-test-worker: Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds',
    ],
    [
      'a maximum concurrency below 2',
      () => readMapping({ ScalingConfig: { MaximumConcurrency: 1 } }),
      'Mapping: ScalingConfig.MaximumConcurrency must be a whole number from 2 to 1000, got 1',
    ],
    [
      'more than ten messages without a window',
      () => readMapping({ BatchSize: 11 }),
      'Mapping: BatchSize 11 needs a MaximumBatchingWindowInSeconds of at least 1',
    ],
  ])('stops the start: %s', (_fault, start, text) => {
    expect(start).toThrow(`AWS would refuse this manifest:\n  ${text}`);
  });

  it('is told with all of its faults at once', () => {
    const start = () =>
      readMapping(
        { BatchSize: 11, ScalingConfig: { MaximumConcurrency: 1 } },
        { Timeout: 10 },
        { VisibilityTimeout: 9 },
      );

    expect(start).toThrow(/MaximumConcurrency.*\n.*BatchSize 11.*\n.*less than Function timeout/);
  });

  it('is not one at the bounds, nor with a maximum above the reserved concurrency', () => {
    const { eventSourceMappings } = readMapping(
      {
        BatchSize: 11,
        MaximumBatchingWindowInSeconds: 1,
        ScalingConfig: { MaximumConcurrency: 2 },
      },
      { Timeout: 30, ReservedConcurrentExecutions: 1 },
    );

    expect(eventSourceMappings).toHaveLength(1);
  });
});

const withEnvironment = (Variables: Record<string, string>) =>
  read({ Worker: lambdaFunction({ Environment: { Variables } }) });
const withFilter = (Pattern: unknown) =>
  readMapping({ FilterCriteria: { Filters: [{ Pattern: JSON.stringify(Pattern) }] } });
const withSchedule = (ScheduleExpression: string) =>
  read({ Rule: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression, Targets: [] } } });
const withPolicy = (FilterPolicy: unknown) =>
  read({
    Topic: { Type: 'AWS::SNS::Topic' },
    Queue: queue(),
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: {
        TopicArn: { Ref: 'Topic' },
        Protocol: 'sqs',
        Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        FilterPolicy,
      },
    },
  });

describe('A start stops at what AWS refuses:', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
  it.each([
    ['that Lambda sets', { AWS_REGION: 'x' }, 'Environment: Lambda sets AWS_REGION itself'],
    ['with a name of other characters', { 'my-name': 'x' }, 'Environment: a name is a letter'],
    ['of more than 4 KB', { LONG: 'x'.repeat(4096) }, 'the variables take 4118 bytes'],
  ])('variables %s', (_name, variables, text) => {
    expect(() => withEnvironment({ SHOP: 'x', ...variables })).toThrow(text);
  });

  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_RequestBody
  it.each([
    [{ Timeout: 901 }, 'Timeout must be a whole number from 1 to 900, got 901'],
    [{ MemorySize: 64 }, 'MemorySize must be a whole number from 128 to 10240, got 64'],
    [{ FunctionName: 'x'.repeat(65) }, 'FunctionName must be 1 to 64'],
    [{ Handler: 'a b' }, 'Handler must be 1 to 128 characters without space'],
  ])('a function with %j', (properties, text) => {
    expect(() => read({ Worker: lambdaFunction(properties) })).toThrow(text);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
  it('reservations that leave less than 100 of the quota', () => {
    const One = lambdaFunction({ FunctionName: 'one', ReservedConcurrentExecutions: 600 });
    const Two = lambdaFunction({ FunctionName: 'two', ReservedConcurrentExecutions: 301 });

    expect(() => read({ One, Two })).toThrow(
      "ReservedConcurrentExecutions: of the account's 1000, 100 stay unreserved, got one 600, two 301",
    );
  });

  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
  it('a second mapping of one queue to one function', () => {
    const mappings = { Mapping: mapping(), Second: mapping() };

    expect(() => read({ Queue: queue(), Worker: lambdaFunction(), ...mappings })).toThrow(
      'orders to it already exists',
    );
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
  it.each([
    [{ body: { n: [{ numeric: ['>', 5, '<', 3] }] } }, 'a rule with a wrong value'],
    [{ body: { n: [{ numeric: ['<', 3, '>', 1] }] } }, 'a rule with a wrong value'],
    [{ body: { n: [{ numeric: ['=', 6e9] }] } }, 'a rule with a wrong value'],
    [{ body: { n: [{ 'anything-but': ['a', 1] }] } }, 'a rule with a wrong value'],
    [{ body: { n: [{ 'anything-but': { numeric: ['>', 1] } }] } }, 'a rule with a wrong value'],
    [{ body: { n: [{ 'anything-but': { prefix: '' } }] } }, 'a rule with a wrong value'],
    [{ body: { n: [{ wildcard: 'a*' }] } }, 'a rule that is not known'],
  ])('the filter pattern %j', (pattern, text) => {
    expect(() => withFilter(pattern)).toThrow(text);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
  it('a filter pattern of more than 4096 characters', () => {
    expect(() => withFilter({ body: { n: ['x'.repeat(4096)] } })).toThrow('longer than 4096');
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
  it.each([
    [{ QueueName: 'my orders' }, 'QueueName must be 1 to 80 letters, digits, - and _'],
    [{ QueueName: 'orders.fifo' }, 'QueueName must be 1 to 80 letters'],
    [{ QueueName: 'orders', FifoQueue: true }, 'with .fifo at the end for a FIFO queue'],
    [{ DelaySeconds: 901 }, 'DelaySeconds must be a whole number from 0 to 900, got 901'],
    [{ VisibilityTimeout: 43_201 }, 'VisibilityTimeout must be a whole number from 0 to 43200'],
    [{ ReceiveMessageWaitTimeSeconds: 21 }, 'ReceiveMessageWaitTimeSeconds must be'],
  ])('the queue %j', (properties, text) => {
    expect(() => read({ Queue: queue(properties) })).toThrow(text);
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
  it.each([0, 1001])('a message that may be received %d times', (maxReceiveCount) => {
    const RedrivePolicy = {
      deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] },
      maxReceiveCount,
    };
    const start = () =>
      read({ Dead: queue({ QueueName: 'dead' }), Queue: queue({ RedrivePolicy }) });
    expect(start).toThrow(
      `maxReceiveCount must be a whole number from 1 to 1000, got ${maxReceiveCount}`,
    );
  });

  // https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
  it.each([
    [{ MaximumEventAgeInSeconds: 30 }, 'MaximumEventAgeInSeconds must be a whole number from 60'],
    [{ MaximumRetryAttempts: 3 }, 'MaximumRetryAttempts must be a whole number from 0 to 2'],
  ])('the settings of asynchronous invocation %j', (properties, text) => {
    const Properties = { FunctionName: { Ref: 'Worker' }, Qualifier: '$LATEST', ...properties };
    const Settings = { Type: 'AWS::Lambda::EventInvokeConfig', Properties };
    expect(() => read({ Worker: lambdaFunction(), Settings })).toThrow(text);
  });

  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_RequestBody
  it('a second function of the same name', () => {
    const start = () => read({ One: lambdaFunction(), Two: lambdaFunction() });
    expect(start).toThrow('Two: its name is that of One, got "shop-test-worker"');
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
  it.each([
    'cron(0 3 * * * *)',
    'cron(71 3 * * ? *)',
    'rate(1 minutes)',
    'rate(5 minute)',
    'every day',
  ])('the schedule %s', (expression) => {
    expect(() => withSchedule(expression)).toThrow('AWS would refuse the schedule');
  });

  // https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
  it.each([{ a: [{ wild: 'x' }] }, { a: { b: ['x'] } }, { a: 'x' }])(
    'the filter policy %j',
    (policy) => {
      expect(() => withPolicy(policy)).toThrow('FilterPolicy');
      expect(() => withPolicy(JSON.stringify(policy))).toThrow('FilterPolicy');
    },
  );
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html
describe('A policy', () => {
  it('is taken as the JSON text that CloudFormation takes too', () => {
    const { subscriptions } = withPolicy('{"way":["direct"]}');

    expect(subscriptions[0]?.filterPolicy).toEqual({ way: ['direct'] });
  });

  it('that is no JSON stops the start', () => {
    expect(() => withPolicy('{way}')).toThrow('expected an object or its JSON text, got "{way}"');
  });
});
