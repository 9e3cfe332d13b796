import type { ServiceModel } from '../model.ts';
import { buildModel } from '../readTemplate.ts';
import type { Template, TemplateResource } from '../resolve.ts';

const place = {
  service: 'shop',
  stage: 'test',
  region: 'eu-west-1',
  apiUrl: 'http://127.0.0.1:8080',
  sqsUrl: 'http://127.0.0.1:4100',
};

export const read = (
  Resources: Record<string, TemplateResource>,
  rest: Partial<Template> = {},
): ServiceModel => buildModel({ Resources, ...rest }, '/package', place);

export const lambdaFunction = (properties: Record<string, unknown> = {}): TemplateResource => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Key: 'serverless/shop/test/1/worker.zip' },
    Handler: 'functions/worker.handler',
    Runtime: 'nodejs24.x',
    FunctionName: 'shop-test-worker',
    ...properties,
  },
});

export const queue = (properties: Record<string, unknown> = {}): TemplateResource => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName: 'orders', ...properties },
});

/** Of `Queue` to `Worker`. */
export const mapping = (properties: Record<string, unknown> = {}): TemplateResource => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
    FunctionName: { 'Fn::GetAtt': ['Worker', 'Arn'] },
    ...properties,
  },
});

export const table = (properties: Record<string, unknown> = {}): TemplateResource => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    ...properties,
  },
});

/** Every five minutes, of a function that is in no template. */
export const schedule = (properties: Record<string, unknown> = {}): TemplateResource => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    ScheduleExpression: 'rate(5 minutes)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Id: 'one', Arn: 'arn:aws:lambda:eu-west-1:000000000000:function:f' },
    ...properties,
  },
});
