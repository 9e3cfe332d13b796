import type { Sizing } from '../parameters.ts';
import { FUNCTION_KEYS, SERVICE } from '../serviceNames.ts';
import { alarm } from './alarmResource.ts';
import { alarmRules } from './alarms.ts';
import { dashboard } from './dashboard.ts';
import { roleId } from './metrics.ts';

/** Everything that watches the service: `serverless.yml` takes it in through `resources.cjs`. */
export function cloudWatchResources(
  { memoryMb, sweeper, watching }: Pick<Sizing, 'memoryMb' | 'sweeper' | 'watching'>,
  stage: string,
) {
  const stackName = `${SERVICE}-${stage}`;
  const alarms = alarmRules({ isSweeping: sweeper.enabled }).map((rule) => [
    rule.id,
    alarm(rule, stackName, watching.alarmTopicArn),
  ]);
  return {
    Resources: {
      Dashboard: dashboard(stackName, memoryMb),
      ...Object.fromEntries(alarms),
      ...(watching.tracing && { TracingPolicy: tracingPolicy() }),
    },
  };
}

/** What X-Ray needs of every role: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html */
const tracingPolicy = () => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: {
    Roles: FUNCTION_KEYS.map((key) => ({ Ref: roleId(key) })),
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
