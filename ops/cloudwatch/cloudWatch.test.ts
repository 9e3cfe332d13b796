import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { sizing } from '../parameters.ts';
import { FUNCTION_KEYS, OWN_NAMESPACE } from '../serviceNames.ts';
import { stockResources } from '../stock/resources.ts';
import { alarmRules } from './alarms.ts';
import { dashboard } from './dashboard.ts';
import { type Metric, type Reference, roleId } from './metrics.ts';
import { cloudWatchResources } from './resources.ts';
import { widgets } from './widgets.ts';

/** What AWS publishes, with the dimensions it is published under, from the pages that metrics.ts names. */
const PUBLISHED: Record<string, { names: string[]; dimensions: string[][] }> = {
  'AWS/Lambda': {
    names: [
      'Invocations',
      'Errors',
      'Throttles',
      'Duration',
      'ConcurrentExecutions',
      'UnreservedConcurrentExecutions',
      'ClaimedAccountConcurrency',
      'DestinationDeliveryFailures',
      'AsyncEventsReceived',
      'AsyncEventAge',
      'AsyncEventsDropped',
    ],
    dimensions: [['FunctionName'], []],
  },
  'AWS/SQS': {
    names: [
      'ApproximateNumberOfMessagesVisible',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateAgeOfOldestMessage',
      'NumberOfMessagesSent',
      'NumberOfMessagesReceived',
      'NumberOfMessagesDeleted',
      'NumberOfEmptyReceives',
    ],
    dimensions: [['QueueName']],
  },
  'AWS/SNS': {
    names: [
      'NumberOfMessagesPublished',
      'NumberOfNotificationsDelivered',
      'NumberOfNotificationsFailed',
      'NumberOfNotificationsFilteredOut-NoMessageAttributes',
      'NumberOfNotificationsFilteredOut-InvalidAttributes',
    ],
    dimensions: [['TopicName']],
  },
  'AWS/ApiGateway': {
    names: ['Count', 'Latency', '4xx', '5xx'],
    dimensions: [
      ['ApiId', 'Stage'],
      ['ApiId', 'Stage', 'Method', 'Resource'],
    ],
  },
  'AWS/DynamoDB': {
    names: [
      'ConsumedWriteCapacityUnits',
      'ConsumedReadCapacityUnits',
      'WriteThrottleEvents',
      'ReadThrottleEvents',
    ],
    dimensions: [['TableName'], ['TableName', 'GlobalSecondaryIndexName']],
  },
};

const DASHBOARD = 'AWS::CloudWatch::Dashboard';
const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = parse(read('serverless.yml'), { logLevel: 'silent' }) as {
  functions: Record<string, unknown>;
  resources: ManifestPart | (ManifestPart | string)[];
};
type ManifestPart = { Resources?: Record<string, unknown> };

const RULES = alarmRules({ isSweeping: true, hasStock: true, stage: 'test' });
const alarmMetrics = RULES.flatMap(({ metrics }) => Object.values(metrics)).map(
  ({ metric }) => metric,
);
const dashboardMetrics = widgets(256, 'test', true).flatMap(({ rows }) =>
  rows.flatMap(({ metric }) => (metric ? [metric] : [])),
);
const allMetrics = [...alarmMetrics, ...dashboardMetrics];
const referenced = (reference: Reference): string =>
  'Ref' in reference ? reference.Ref : reference['Fn::GetAtt'][0];

describe('Dashboard and alarms', () => {
  it('name only metrics and dimensions that AWS publishes, beside our own', () => {
    const unknown = allMetrics
      .filter(({ namespace }) => !namespace.startsWith(OWN_NAMESPACE))
      .filter((metric) => !isPublished(metric));

    expect(unknown).toEqual([]);
  });

  it('know every function of the manifest and the files that stand behind them', () => {
    const files = readdirSync(path.join(root, 'functions'))
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => path.basename(file, '.ts'));

    expect([...FUNCTION_KEYS].sort()).toEqual(Object.keys(manifest.functions).sort());
    expect([...FUNCTION_KEYS].sort()).toEqual(files.sort());
  });

  it('point only to resources of the stack', () => {
    const parts = [manifest.resources].flat().filter((part) => typeof part === 'object');
    const declared = parts.flatMap(({ Resources = {} }) => Object.keys(Resources));
    const byFramework = FUNCTION_KEYS.map(
      (key) => `${roleId(key).replace(/Role$/, '')}LambdaFunction`,
    );
    const ofStock = Object.keys(stockResources(sizing({ STOCK: 'on' }, 'test')).Resources ?? {});
    const known = new Set([...declared, ...byFramework, ...ofStock, 'HttpApi']);
    const references = allMetrics
      .flatMap(({ dimensions }) => Object.values(dimensions))
      .flatMap((value) => (typeof value === 'string' ? [] : [referenced(value)]));

    expect(references.filter((id) => !known.has(id))).toEqual([]);
    expect(FUNCTION_KEYS.map(roleId).filter((id) => !known.has(id))).toEqual([]);
  });

  it('are each explained for whoever is woken', () => {
    const headings = read('docs/operations.md').match(/^### .*$/gm) ?? [];
    const explained = headings.map((heading) => heading.slice('### '.length));

    expect(explained).toEqual(RULES.map(({ id }) => id.replace(/Alarm$/, '')));
  });
});

describe('The resources of the stack', () => {
  const resourcesWith = (environment: Record<string, string>) =>
    cloudWatchResources(sizing(environment, 'dev'), 'dev').Resources as Record<
      string,
      { Type: string; Properties: Record<string, unknown> }
    >;

  it('tell alarms to the topic that is given, and to nobody without one', () => {
    const topic = 'arn:aws:sns:us-east-1:123456789012:ops';

    const told = resourcesWith({ ALARM_TOPIC_ARN: topic }).OldestMessageAlarm?.Properties;
    const quiet = resourcesWith({}).OldestMessageAlarm?.Properties;

    expect(told).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
    expect(quiet).not.toHaveProperty('AlarmActions');
  });

  it('wake nobody for a sweeper that is switched off', () => {
    expect(resourcesWith({})).toHaveProperty('SweeperRestsAlarm');
    expect(resourcesWith({ SWEEPER: 'off' })).not.toHaveProperty('SweeperRestsAlarm');
  });

  it('let every function write traces only where tracing is on, and give its role the policy first', () => {
    const traced = cloudWatchResources(sizing({ TRACING: 'on' }, 'dev'), 'dev');
    const policies = Object.values(traced.extensions ?? {}).map(({ Properties }) => Properties);

    expect(policies).toEqual(
      FUNCTION_KEYS.map(() => ({ ManagedPolicyArns: [{ Ref: 'TracingPolicy' }] })),
    );
    // Its own list of roles would have it made after them.
    expect(traced.Resources.TracingPolicy?.Properties).not.toHaveProperty('Roles');
    expect(resourcesWith({})).not.toHaveProperty('TracingPolicy');
  });

  it('leave out alarms or the dashboard where they are switched off', () => {
    const typesOf = (environment: Record<string, string>) =>
      Object.values(resourcesWith(environment)).map(({ Type }) => Type);

    expect(typesOf({ ALARMS: 'off' })).toEqual(['AWS::Logs::MetricFilter', DASHBOARD]);
    expect(typesOf({ DASHBOARD: 'off' })).not.toContain(DASHBOARD);
  });

  it('count the 429 of the access log under the name that the alarm asks for', () => {
    const filter = resourcesWith({}).RefusedRequests?.Properties as {
      MetricTransformations: object[];
    };
    const { Namespace, MetricName } = resourcesWith({}).RequestsRefusedAlarm?.Properties ?? {};

    expect(filter.MetricTransformations).toMatchObject([
      { MetricNamespace: Namespace, MetricName },
    ]);
  });

  it('hold a dashboard body that is JSON, small enough, with no id twice', () => {
    const text = dashboard('flash-sale-dev', 256, 'dev').Properties.DashboardBody['Fn::Sub'];
    const body = JSON.parse(text) as {
      widgets: { properties: { metrics: unknown[][] } }[];
    };

    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html: 500 metrics a widget
    for (const { properties } of body.widgets) {
      const ids = properties.metrics.flatMap((row) => (row.at(-1) as { id?: string }).id ?? []);
      expect(new Set(ids).size).toBe(ids.length);
      expect(properties.metrics.length).toBeLessThan(100);
    }
    expect(body.widgets.length).toBeGreaterThan(10);
  });
});

function isPublished({ namespace, name, dimensions }: Metric): boolean {
  const published = PUBLISHED[namespace];
  const names = Object.keys(dimensions).join();
  return (
    published?.names.includes(name) === true &&
    published.dimensions.some((set) => set.join() === names)
  );
}
