import { describe, expect, it } from '@jest/globals';
import type { TemplateResource } from './resolve.ts';
import { lambdaFunction, mapping, queue, read } from './testing/template.ts';

const subscription = (properties: Record<string, unknown>): TemplateResource => ({
  Type: 'AWS::SNS::Subscription',
  Properties: properties,
});
const elsewhere = { 'Fn::ImportValue': 'of-another-stack' };

/** What the list says, by what it says it of. */
function listOf(resources: Record<string, TemplateResource>): Record<string, string> {
  const { notRun } = read(resources);
  return Object.fromEntries(notRun.map(({ what, why }) => [what, why]));
}

describe('The list of what is not run', () => {
  it('has types and properties that would change behaviour, once each', () => {
    const { notRun } = read({
      Role: { Type: 'AWS::IAM::Role' },
      One: lambdaFunction({ Layers: ['x'] }),
      Two: lambdaFunction({ Layers: ['x'], FunctionName: 'two' }),
      Bus: { Type: 'AWS::Events::EventBus' },
      Mail: subscription({ Protocol: 'email', TopicArn: 't', Endpoint: 'a@b.c' }),
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

  it('has every bucket but the one of the deployment', () => {
    const list = listOf({
      ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' },
      ServerlessDeploymentBucketPolicy: { Type: 'AWS::S3::BucketPolicy' },
      Uploads: { Type: 'AWS::S3::Bucket', Properties: { NotificationConfiguration: {} } },
    });

    expect(Object.keys(list)).toEqual(['Uploads (AWS::S3::Bucket)']);
  });

  it('has functions of other runtimes and of images, and what would invoke them', () => {
    const resources = {
      Queue: queue(),
      Worker: lambdaFunction({ Runtime: 'python3.13' }),
      Image: lambdaFunction({ Code: { ImageUri: 'x' }, FunctionName: 'image' }),
      Mapping: mapping(),
    };

    expect(read(resources).functions).toEqual([]);
    expect(listOf(resources)).toEqual({
      'Worker (AWS::Lambda::Function)': expect.stringContaining('"python3.13" is not run'),
      'Image (AWS::Lambda::Function)': expect.stringContaining('only zip packages are run'),
      'Mapping (event source arn:aws:sqs:eu-west-1:000000000000:orders)': expect.stringContaining(
        'shop-test-worker is not run',
      ),
    });
  });

  it('says of an older runtime that this one stands in for it, and of JSON logs what is different', () => {
    const list = listOf({
      Worker: lambdaFunction({ Runtime: 'nodejs20.x', LoggingConfig: { LogFormat: 'JSON' } }),
    });

    expect(list).toEqual({
      'AWS::Lambda::Function Runtime nodejs20.x': `runs on this machine's Node.js ${process.versions.node}`,
      'AWS::Lambda::Function LoggingConfig': 'lines below the application level are kept',
    });
  });

  it('has what refers to another stack, while the rest of the template is run', () => {
    const { queues, functions, notRun } = read({
      Orders: queue(),
      Shared: queue({ QueueName: elsewhere }),
      Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: elsewhere } },
      Net: { Type: 'AWS::EC2::Subnet', Properties: { Zone: { 'Fn::GetAZs': '' } } },
      Worker: lambdaFunction({
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        VpcConfig: { SubnetIds: [elsewhere] },
        Environment: { Variables: { KNOWN: { Ref: 'Orders' }, SHARED: elsewhere } },
      }),
    });

    expect(queues.map(({ name }) => name)).toEqual(['orders']);
    expect(functions[0]?.environment).toEqual({
      KNOWN: 'http://127.0.0.1:4100/000000000000/orders',
    });
    expect(notRun.map(({ what }) => what)).toEqual([
      'Shared (AWS::SQS::Queue)',
      'Net (AWS::EC2::Subnet)',
      'AWS::Lambda::Function VpcConfig',
      'Worker.Environment',
    ]);
    expect(notRun.at(-1)?.why).toMatch(/SHARED: .*Fn::ImportValue.*--env SHARED=VALUE/);
  });

  it('has references to secrets and parameters, which reach a function as they are written', () => {
    const list = listOf({
      Worker: lambdaFunction({
        Environment: { Variables: { KEY: '{{resolve:ssm:/shop/key}}' } },
      }),
    });

    expect(list).toEqual({
      'Worker.Environment.Variables.KEY': expect.stringContaining('{{resolve:ssm:/shop/key}}'),
    });
  });

  it('has queues, topics and destinations outside the template', () => {
    const outside = 'arn:aws:sqs:eu-west-1:111122223333:theirs';
    const bus = 'arn:aws:events:eu-west-1:000000000000:event-bus/bus';
    const { subscriptions, asyncInvocation, notRun } = read({
      Worker: lambdaFunction(),
      Queue: queue({ RedrivePolicy: { deadLetterTargetArn: outside, maxReceiveCount: 3 } }),
      Mapping: mapping({ EventSourceArn: outside }),
      Theirs: subscription({
        Protocol: 'lambda',
        TopicArn: 'arn:aws:sns:eu-west-1:111122223333:t',
        Endpoint: { 'Fn::GetAtt': ['Worker', 'Arn'] },
      }),
      Settings: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { 'Fn::GetAtt': ['Worker', 'Arn'] },
          Qualifier: 'live',
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnFailure: { Destination: bus } },
        },
      },
    });

    expect(subscriptions).toEqual([]);
    expect(asyncInvocation).toMatchObject([
      { functionName: 'shop-test-worker', maximumRetryAttempts: 0, onFailureArn: undefined },
    ]);
    expect(notRun.map(({ what }) => what)).toEqual([
      `Mapping (event source ${outside})`,
      'Settings.Qualifier',
      'Settings.DestinationConfig',
      'Queue.RedrivePolicy',
      'Theirs (AWS::SNS::Subscription)',
    ]);
  });

  it('has targets of a schedule that are not a function, or get a shaped event', () => {
    const Arn = { 'Fn::GetAtt': ['Worker', 'Arn'] };
    const { schedules, notRun } = read({
      Worker: lambdaFunction(),
      Queue: queue(),
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          ScheduleExpression: 'rate(1 minute)',
          Targets: [
            { Id: '1', Arn },
            { Id: '2', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
            { Id: '3', Arn, InputPath: '$.detail' },
            { Id: '4', Arn, InputTransformer: { InputTemplate: '{}' } },
          ],
        },
      },
    });

    expect(schedules[0]?.targets).toEqual([{ functionName: 'shop-test-worker', input: undefined }]);
    expect(notRun.map(({ why }) => why)).toEqual([
      'only functions that are run are invoked by a schedule',
      'a target with InputPath is not invoked',
      'a target with InputTransformer is not invoked',
    ]);
  });

  it('has an output that cannot be resolved, which is left out', () => {
    const { outputs, notRun } = read(
      { Queue: queue() },
      { Outputs: { Known: { Value: { Ref: 'Queue' } }, Unknown: { Value: elsewhere } } },
    );

    expect(Object.keys(outputs)).toEqual(['Known']);
    expect(notRun.map(({ what }) => what)).toEqual(['Outputs.Unknown']);
  });
});
