import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ServiceModel } from '../../local/template/model.ts';
import type { TemplateResource } from '../../local/template/resolve.ts';
import { type CompiledManifest, compileManifest, PRODUCTION, UNUSUAL } from './compiledManifest.ts';

let manifest: CompiledManifest;
let model: ServiceModel;

beforeAll(() => {
  manifest = compileManifest('dev');
  model = manifest.model;
}, 60_000);

type Resource = TemplateResource & { DependsOn?: string[]; DeletionPolicy?: string };
const resourcesOf = ({ template }: CompiledManifest, type: string): Resource[] =>
  Object.values(template.Resources).filter(({ Type }) => Type === type);

const functionNamed = (key: string) => {
  const found = model.functions.find((candidate) => candidate.key === key);
  if (!found) throw new Error(`there is no function ${key}`);
  return found;
};
const queueNamed = (logicalId: string) => {
  const found = model.queues.find((candidate) => candidate.logicalId === logicalId);
  if (!found) throw new Error(`there is no queue ${logicalId}`);
  return found;
};
const onlyMapping = () => {
  const [mapping, ...others] = model.eventSourceMappings;
  if (!mapping || others.length > 0) throw new Error('expected one event source mapping');
  return mapping;
};

describe('The order queue', () => {
  it('hides a message six times as long as the worker may run, plus the batching window', () => {
    const visibilitySeconds = Number(queueNamed('OrderQueue').attributes.VisibilityTimeout);
    const { windowSeconds } = onlyMapping();

    expect(visibilitySeconds).toBeGreaterThanOrEqual(
      6 * functionNamed('queueWorker').timeoutSeconds + windowSeconds,
    );
  });

  it('gives a message up after five receives, into a queue that keeps it longer', () => {
    const { RedrivePolicy = '{}', MessageRetentionPeriod } = queueNamed('OrderQueue').attributes;
    const deadLetters = queueNamed('OrderDeadLetterQueue');

    expect(JSON.parse(RedrivePolicy)).toEqual({
      deadLetterTargetArn: deadLetters.arn,
      maxReceiveCount: 5,
    });
    expect(Number(deadLetters.attributes.MessageRetentionPeriod)).toBeGreaterThan(
      Number(MessageRetentionPeriod),
    );
  });

  it('is named by one queue policy only', () => {
    const policies = Object.values(manifest.template.Resources).filter(
      ({ Type }) => Type === 'AWS::SQS::QueuePolicy',
    );
    const named = policies.flatMap(({ Properties }) =>
      ((Properties?.Queues ?? []) as { Ref: string }[]).map(({ Ref }) => Ref),
    );

    expect(named).toHaveLength(new Set(named).size);
    expect(named).toEqual(
      expect.arrayContaining(['OrderQueue', 'OrderDeadLetterQueue', 'DirectDeadLetterQueue']),
    );
  });
});

describe('The worker pool', () => {
  it('reports failed records one by one', () => {
    expect(onlyMapping().reportBatchItemFailures).toBe(true);
  });

  it('reserves exactly what the mapping may use', () => {
    expect(functionNamed('queueWorker').reservedConcurrency).toBe(22);
    expect(onlyMapping()).toMatchObject({
      maximumConcurrency: 22,
      batchSize: 10,
      windowSeconds: 1,
    });
  });

  it('is two half batches when it is one worker', () => {
    const { model: one } = compileManifest('dev', { WORKER_COUNT: '1' });

    expect(one.functions.find(({ key }) => key === 'queueWorker')?.reservedConcurrency).toBe(2);
    expect(one.eventSourceMappings[0]).toMatchObject({ maximumConcurrency: 2, batchSize: 5 });
  }, 60_000);

  it('reserves nothing anywhere when the account has no concurrency to reserve', () => {
    const { model: small } = compileManifest('dev', UNUSUAL);

    expect(small.functions.map(({ reservedConcurrency }) => reservedConcurrency)).toEqual(
      small.functions.map(() => undefined),
    );
    expect(small.eventSourceMappings[0]?.maximumConcurrency).toBe(22);
  }, 60_000);
});

describe('An order goes one way only', () => {
  it('since the two subscriptions take different values of the attribute "way"', () => {
    const policies = model.subscriptions.map(({ protocol, filterPolicy }) => [
      protocol,
      filterPolicy,
    ]);

    expect(policies).toEqual(
      expect.arrayContaining([
        ['sqs', { way: ['queued'] }],
        ['lambda', { way: ['direct'] }],
      ]),
    );
    expect(policies).toHaveLength(2);
  });

  it('and what SNS cannot hand over is kept', () => {
    const deadLetters = new Set([
      queueNamed('OrderDeadLetterQueue').arn,
      queueNamed('DirectDeadLetterQueue').arn,
    ]);

    expect(new Set(model.subscriptions.map(({ deadLetterArn }) => deadLetterArn))).toEqual(
      deadLetters,
    );
  });
});

describe('The direct way', () => {
  it('keeps its events six hours, tries three times and keeps what fails', () => {
    expect(model.asyncInvocation).toEqual([
      {
        functionName: functionNamed('topicProcessor').name,
        maximumRetryAttempts: 2,
        maximumEventAgeSeconds: 21_600,
        onFailureArn: queueNamed('DirectDeadLetterQueue').arn,
        onSuccessArn: undefined,
      },
    ]);
  });

  it('cannot starve the intake', () => {
    expect(functionNamed('topicProcessor').reservedConcurrency).toBe(215);
    expect(functionNamed('orderAsync').reservedConcurrency).toBe(55);
    expect(functionNamed('orderSweeper').reservedConcurrency).toBe(1);
  });
});

describe('The gateway', () => {
  it('waits longer for every function than the function may run', () => {
    for (const { functionName, timeoutMs } of model.httpApi?.routes ?? []) {
      const { timeoutSeconds } = model.functions.find(({ name }) => name === functionName) ?? {
        timeoutSeconds: 99,
      };
      expect(timeoutSeconds * 1000).toBeLessThan(timeoutMs);
    }
  });

  it('takes at most five payments at a time on the sync way', () => {
    expect(functionNamed('orderSync').reservedConcurrency).toBe(5);
  });
});

describe('The stage', () => {
  it('has limits for the routes that take orders and others for the questions after them', () => {
    expect(model.httpApi?.throttling).toEqual({ rateLimit: 2500, burstLimit: 1250 });
    const status = { rateLimit: 5000, burstLimit: 2500 };
    expect(model.httpApi?.routeThrottling).toEqual({
      'GET /orders/{order_id}': status,
      'HEAD /orders/{order_id}': status,
    });
  });

  it('makes its routes before the settings that name them', () => {
    const stage = resourcesOf(manifest, 'AWS::ApiGatewayV2::Stage')[0] as Resource;
    const routes = Object.entries(manifest.template.Resources).filter(([, { Properties }]) =>
      Object.keys(stage.Properties?.RouteSettings ?? {}).includes(String(Properties?.RouteKey)),
    );

    expect(routes).toHaveLength(2);
    expect(stage.DependsOn).toEqual(expect.arrayContaining(routes.map(([id]) => id)));
  });
});

describe('The tables', () => {
  it('of prod outlive their stack, but for one that could not be created', () => {
    const tables = resourcesOf(compileManifest('prod', PRODUCTION), 'AWS::DynamoDB::Table');

    expect(tables).toHaveLength(3);
    for (const table of tables) {
      expect(table).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: { DeletionProtectionEnabled: true },
      });
    }
  }, 60_000);

  it('of prod are left behind by nothing of their own when the first deployment fails', () => {
    const first = compileManifest('prod', { ...PRODUCTION, DELETION_PROTECTION: 'off' });
    const resources: Resource[] = Object.values(first.template.Resources);
    const left = resources.filter(
      ({ DeletionPolicy = 'Delete', Properties = {} }) =>
        !['Delete', 'RetainExceptOnCreate'].includes(DeletionPolicy) ||
        Properties.DeletionProtectionEnabled === true,
    );

    expect(left).toEqual([]);
  }, 60_000);

  it('of other stages go with it', () => {
    for (const table of resourcesOf(manifest, 'AWS::DynamoDB::Table')) {
      expect(table).toMatchObject({
        DeletionPolicy: 'Delete',
        Properties: { DeletionProtectionEnabled: false },
      });
    }
  });

  it('and their index are as warm as they are told to be', () => {
    const warm = compileManifest('dev', UNUSUAL);
    const throughput = { WriteUnitsPerSecond: 8000, ReadUnitsPerSecond: 20_000 };

    const tables = resourcesOf(warm, 'AWS::DynamoDB::Table');
    const ofOrders = tables.filter(
      ({ Properties = {} }) => Properties.TableName !== 'flash-sale-dev-operations',
    );
    expect(ofOrders).toHaveLength(2);
    for (const { Properties = {} } of ofOrders) {
      expect(Properties.WarmThroughput).toEqual(throughput);
      for (const index of (Properties.GlobalSecondaryIndexes ?? []) as object[])
        expect(index).toMatchObject({ WarmThroughput: throughput });
    }
    expect(JSON.stringify(warm.model.tables)).not.toContain('WarmThroughput');
  }, 60_000);
});

describe('The package', () => {
  it('has a role of its own for each function', () => {
    const functions = Object.values(manifest.template.Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    );
    const roles = functions.map(({ Properties }) => JSON.stringify(Properties?.Role));

    expect(new Set(roles).size).toBe(functions.length);
  });

  it('keeps every zip under 150 kB', () => {
    for (const [zip, bytes] of Object.entries(manifest.zipBytes))
      expect([zip, bytes]).toEqual([zip, Math.min(bytes, 150_000)]);
  });

  it('has an output for everything that outside scripts ask for', () => {
    expect(Object.keys(model.outputs)).toEqual(
      expect.arrayContaining([
        'HttpApiUrl',
        'OrderTopicArn',
        'OrderQueueUrl',
        'OrderDeadLetterQueueUrl',
        'DirectDeadLetterQueueUrl',
        'OrdersTableName',
        'ChargesTableName',
      ]),
    );
  });

  it('lists every parameter that breaks its rule', () => {
    expect(() =>
      compileManifest('dev', { WORKER_COUNT: '0', PAYMENT_SECONDS: '25', ASYNC_WAY: 'pigeon' }),
    ).toThrow(
      /WORKER_COUNT.*got "0"[\s\S]*PAYMENT_SECONDS.*got "25"[\s\S]*ASYNC_WAY.*got "pigeon"/,
    );
  }, 60_000);

  it.each([
    ['ORDER_ID_SALT', { ALARM_TOPIC_ARN: 'none' }],
    ['ALARM_TOPIC_ARN', { ORDER_ID_SALT: 'a salt of sixteen characters' }],
  ])(
    'is refused for stage prod without %s, in one line',
    (name, given) => {
      expect(() => compileManifest('prod', { ...given, [name]: '' })).toThrow(
        new RegExp(`^${name}: must be set for stage prod: .*\n?$`),
      );
    },
    60_000,
  );

  it('is refused for stage prod when payments are made to fail on purpose', () => {
    expect(() => compileManifest('prod', { PAYMENT_FAULTS: '{"decline":0.1}' })).toThrow(
      /PAYMENT_FAULTS.*refused for stage prod/,
    );
  }, 60_000);
});
