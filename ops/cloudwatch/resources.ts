import type { Sizing } from '../parameters.ts';
import { FUNCTION_KEYS, SERVICE } from '../serviceNames.ts';
import { alarm } from './alarmResource.ts';
import { alarmRules } from './alarms.ts';
import { dashboard } from './dashboard.ts';
import { refusedRequest, roleId } from './metrics.ts';

/** Everything that watches the service: `serverless.yml` takes it in through `resources.cjs`. */
export function cloudWatchResources(
  {
    memoryMb,
    sweeper,
    stock,
    watching,
  }: Pick<Sizing, 'memoryMb' | 'sweeper' | 'stock' | 'watching'>,
  stage: string,
) {
  const hasStock = stock !== undefined;
  const stackName = `${SERVICE}-${stage}`;
  const rules = watching.hasAlarms
    ? alarmRules({ isSweeping: sweeper.enabled, hasStock, stage })
    : [];
  const alarms = rules.map((rule) => [rule.id, alarm(rule, stackName, watching.alarmTopicArn)]);
  return {
    Resources: {
      RefusedRequests: refusedRequests(stage),
      ...(watching.hasDashboard && { Dashboard: dashboard(stackName, memoryMb, stage, hasStock) }),
      ...Object.fromEntries(alarms),
      ...(watching.tracing && { TracingPolicy: tracingPolicy() }),
    },
    // A role has the policy before a function has the role: Lambda refuses a traced function whose role lacks it.
    ...(watching.tracing && {
      extensions: Object.fromEntries(
        FUNCTION_KEYS.map((key) => [
          roleId(key),
          { Properties: { ManagedPolicyArns: [{ Ref: 'TracingPolicy' }] } },
        ]),
      ),
    }),
  };
}

/** The gateway counts its 429 among all that is 4xx; its access log tells. */
function refusedRequests(stage: string) {
  const { namespace, name } = refusedRequest(stage);
  const transformation = { MetricNamespace: namespace, MetricName: name, MetricValue: '1' };
  return {
    Type: 'AWS::Logs::MetricFilter',
    Properties: {
      LogGroupName: { Ref: 'HttpApiLogGroup' },
      FilterPattern: '{ $.status = "429" }',
      MetricTransformations: [{ ...transformation, DefaultValue: 0 }],
    },
  };
}

/** What X-Ray needs of every role: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html */
const tracingPolicy = () => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: {
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
          // X-Ray knows no narrower resource for these two.
          Resource: '*',
        },
      ],
    },
  },
});
