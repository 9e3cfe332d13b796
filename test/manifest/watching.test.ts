import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Template, TemplateResource } from '../../local/template/resolve.ts';
import { cloudWatchResources } from '../../ops/cloudwatch/resources.ts';
import { sizing } from '../../ops/parameters.ts';
import { compileManifest, UNUSUAL } from './compiledManifest.ts';

let template: Template;
beforeAll(() => {
  ({ template } = compileManifest('dev', UNUSUAL));
}, 60_000);

const idsOf = (type: string): string[] =>
  Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id]) => id);
const propertiesOf = (type: string): NonNullable<TemplateResource['Properties']>[] =>
  idsOf(type).map((id) => template.Resources[id]?.Properties ?? {});

/** What CloudFormation answers for Fn::GetAtt, of the types that are asked for one. */
const ATTRIBUTES: Record<string, string[]> = {
  'AWS::SQS::Queue': ['Arn', 'QueueName', 'QueueUrl'],
  'AWS::SNS::Topic': ['TopicArn', 'TopicName'],
};

/** Everything below the value that points elsewhere: as `Id`, or as `Id.Attribute`. */
function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [[inner].flat().join('.')];
    if (key === 'Fn::Sub')
      return [...String(inner).matchAll(/\$\{([^}]+)\}/g)].map(([, to]) => `${to}`);
    return referencesIn(inner);
  });
}

function isResolvable(reference: string): boolean {
  if (reference.startsWith('AWS::')) return true;
  const [id = '', attribute] = reference.split('.');
  const resource = template.Resources[id];
  if (resource === undefined) return false;
  return attribute === undefined || ATTRIBUTES[resource.Type]?.includes(attribute) === true;
}

describe('What watches the service', () => {
  it('is in the template with its dashboard and every alarm', () => {
    const declared: Record<string, unknown> = cloudWatchResources(
      sizing(UNUSUAL, 'dev'),
      'dev',
    ).Resources;

    expect(template.Resources).toMatchObject(JSON.parse(JSON.stringify(declared)));
    expect(idsOf('AWS::CloudWatch::Dashboard')).toEqual(['Dashboard']);
    expect(idsOf('AWS::CloudWatch::Alarm').sort()).toEqual(
      Object.keys(declared)
        .filter((id) => id.endsWith('Alarm'))
        .sort(),
    );
  });

  it('points only to what the template has', () => {
    const watching = [
      ...propertiesOf('AWS::CloudWatch::Dashboard'),
      ...propertiesOf('AWS::CloudWatch::Alarm'),
      ...propertiesOf('AWS::IAM::ManagedPolicy'),
    ];
    const references = [...new Set(watching.flatMap(referencesIn))];

    expect(references).toEqual(expect.arrayContaining(['HttpApi', 'OrderQueue.QueueName']));
    expect(references.filter((reference) => !isResolvable(reference))).toEqual([]);
  });

  it('keeps every log as long as it is told to', () => {
    const groups = propertiesOf('AWS::Logs::LogGroup');

    // One for each function, and the gateway's.
    expect(groups).toHaveLength(idsOf('AWS::Lambda::Function').length + 1);
    expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual(groups.map(() => 30));
  });

  it('traces every function, and lets it', () => {
    const functions = propertiesOf('AWS::Lambda::Function');
    const roles = functions.map(({ Role }) => referencesIn(Role)[0]?.split('.')[0]);
    const attached = propertiesOf('AWS::IAM::Role').map(({ ManagedPolicyArns }) =>
      referencesIn(ManagedPolicyArns),
    );
    const [policyId = ''] = idsOf('AWS::IAM::ManagedPolicy');
    const policy = template.Resources[policyId]?.Properties;

    expect(functions.map(({ TracingConfig }) => TracingConfig)).toEqual(
      functions.map(() => ({ Mode: 'Active' })),
    );
    expect(new Set(roles).size).toBe(functions.length);
    // A role refers to the policy, and so has it before its function is made.
    expect(attached).toEqual(roles.map(() => [policyId]));
    expect(policy).not.toHaveProperty('Roles');
    expect(JSON.stringify(policy?.PolicyDocument)).toContain('xray:PutTraceSegments');
  });

  it('names the access log so that it adds nothing to a policy of the account', () => {
    const { DestinationArn } = (propertiesOf('AWS::ApiGatewayV2::Stage')[0]?.AccessLogSettings ??
      {}) as {
      DestinationArn: unknown;
    };
    const [group = ''] = referencesIn(DestinationArn);

    expect(template.Resources[group.split('.')[0] ?? '']?.Properties?.LogGroupName).toMatch(
      /^\/aws\/vendedlogs\//,
    );
  });

  it('writes nothing of the buyer into the access log', () => {
    const [stage] = propertiesOf('AWS::ApiGatewayV2::Stage');
    const { Format } = (stage?.AccessLogSettings ?? {}) as { Format: string };

    expect(JSON.parse(Format)).toEqual({
      requestId: '$context.requestId',
      routeKey: '$context.routeKey',
      status: '$context.status',
      ms: '$context.responseLatency',
      error: '$context.integrationErrorMessage',
    });
  });
});
