import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { cloudWatchResources } from '../../ops/cloudwatch/resources.ts';
import { type Environment, sizing } from '../../ops/parameters.ts';
import { SERVICE } from '../../ops/serviceNames.ts';
import type { Checks } from './checks.ts';

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}
interface Alarm {
  AlarmName: string;
}

/** Dashboard and alarms as they were deployed, against what the manifest declares. */
export async function checkWatching(
  checks: Checks,
  endpoint: string,
  stage: string,
  parameters: Environment,
): Promise<void> {
  const cloudFormation = new CloudFormationClient({});
  const declared = cloudWatchResources(sizing(parameters, stage), stage).Resources;
  const resources = Object.values(declared) as Resource[];
  const [leftOut, deployed] = partition(
    resources.filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm'),
    ({ Properties }) => 'Metrics' in Properties,
  );

  await checks.run(
    `every alarm is deployed as declared, but for ${leftOut.length} on metric math`,
    async () => {
      const names = await physicalNames(cloudFormation, stage);
      const { MetricAlarms } = await cloudWatch<{ MetricAlarms: Alarm[] }>(
        endpoint,
        'DescribeAlarms',
      );
      const expected = deployed.map(({ Properties }) => resolve(Properties, names) as Alarm);
      assert.partialDeepStrictEqual(byName(MetricAlarms), byName(expected));
      assert.equal(MetricAlarms.length, expected.length);
    },
  );
  await checks.run(
    'the dashboard is deployed as declared, with every reference in it',
    async () => {
      const names = await physicalNames(cloudFormation, stage);
      const { DashboardName, DashboardBody } = resolve(declared.Dashboard.Properties, names) as {
        DashboardName: string;
        DashboardBody: string;
      };
      const found = await cloudWatch<{ DashboardBody: string }>(endpoint, 'GetDashboard', {
        DashboardName,
      });
      assert.deepEqual(JSON.parse(found.DashboardBody), JSON.parse(DashboardBody));
    },
  );
  await checks.run(
    'MiniStack still refuses an alarm on metric math, so they are left out',
    async () => {
      const names = await physicalNames(cloudFormation, stage);
      assert.match(
        await whyStackFails(cloudFormation, { Alarm: resolve(leftOut[0], names) }),
        /metric math/,
      );
    },
  );
  cloudFormation.destroy();
}

export async function checkUnwatched(endpoint: string): Promise<void> {
  const { MetricAlarms } = await cloudWatch<{ MetricAlarms: Alarm[] }>(endpoint, 'DescribeAlarms');
  const { DashboardEntries } = await cloudWatch<{ DashboardEntries: unknown[] }>(
    endpoint,
    'ListDashboards',
  );
  assert.deepEqual([MetricAlarms, DashboardEntries], [[], []]);
}

/** In CloudWatch's JSON: the SDK speaks CBOR, for which MiniStack lacks a library of its own. */
async function cloudWatch<T>(endpoint: string, action: string, input: object = {}): Promise<T> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `GraniteServiceVersion20100801.${action}`,
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${action}: ${text}`);
  return JSON.parse(text) as T;
}

/** What a resource is called: the end of its id, which is a name, an ARN or the URL of a queue. */
async function physicalNames(
  cloudFormation: CloudFormationClient,
  stage: string,
): Promise<Map<string, string>> {
  const { StackResources = [] } = await cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: `${SERVICE}-${stage}` }),
  );
  const names = StackResources.map(({ LogicalResourceId, PhysicalResourceId = '' }) => [
    String(LogicalResourceId),
    PhysicalResourceId.split(/[/:]/).at(-1) ?? '',
  ]);
  return new Map([...(names as [string, string][]), ['AWS::Region', 'us-east-1']]);
}

/** References as dashboard and alarms have them: all ask for the name of what they point to. */
function resolve(value: unknown, names: Map<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const [[key = '', inner] = []] = Object.entries(value);
  if (key === 'Ref') return names.get(String(inner));
  if (key === 'Fn::GetAtt') return names.get((inner as string[])[0] ?? '');
  if (key === 'Fn::Sub') {
    return String(inner).replaceAll(/\$\{([^}.]+)[^}]*\}/g, (_, id: string) => names.get(id) ?? id);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, resolve(item, names)]),
  );
}

async function whyStackFails(
  cloudFormation: CloudFormationClient,
  Resources: object,
): Promise<string> {
  const StackName = 'metric-math';
  const TemplateBody = JSON.stringify({ Resources });
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
  let stack: Stack | undefined;
  do {
    await sleep(100);
    [stack] = (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks ?? [];
  } while (stack?.StackStatus?.endsWith('_IN_PROGRESS'));
  const { StackEvents = [] } = await cloudFormation.send(
    new DescribeStackEventsCommand({ StackName }),
  );
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  return StackEvents.flatMap(({ ResourceStatusReason }) => ResourceStatusReason ?? []).join('\n');
}

const byName = (alarms: Alarm[]): Alarm[] =>
  alarms.toSorted((a, b) => a.AlarmName.localeCompare(b.AlarmName));

function partition<T>(items: T[], holds: (item: T) => boolean): [T[], T[]] {
  return [items.filter(holds), items.filter((item) => !holds(item))];
}
