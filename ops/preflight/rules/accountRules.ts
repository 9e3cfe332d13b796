import type { Account } from '../account.ts';
import { type CompiledTemplate, object, type Resource } from '../compiledTemplate.ts';
import { type Finding, LAMBDA, type Plan, type Rule } from '../rule.ts';

/** AWS refuses to leave fewer: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const UNRESERVED_AT_LEAST = 100;

const inAccount =
  (find: (template: CompiledTemplate, account: Account, plan: Plan) => Finding[]) =>
  (template: CompiledTemplate, plan: Plan): Finding[] =>
    plan.account === undefined ? [] : find(template, plan.account, plan);

const functions = (template: CompiledTemplate) => template.ofType('AWS::Lambda::Function');
const reservedOf = ({ Properties }: Resource) =>
  Properties.ReservedConcurrentExecutions as number | undefined;
const sum = (numbers: (number | undefined)[]): number =>
  numbers.reduce<number>((all, number) => all + (number ?? 0), 0);

/** Workers by the function that works, as the template has them. */
const workersIn = (template: CompiledTemplate) =>
  template.ofType('AWS::Lambda::EventSourceMapping').flatMap(({ Properties }) => {
    const worker = template.target(Properties.FunctionName);
    const maximum = object(Properties.ScalingConfig).MaximumConcurrency as number | undefined;
    return worker ? [{ worker, maximum, batchSize: Number(Properties.BatchSize ?? 10) }] : [];
  });

const setting = (maximum: number | undefined, batchSize: number | undefined) =>
  `${maximum ?? 'any number of'} x ${batchSize}`;

export const ACCOUNT_RULES: Rule[] = [
  {
    id: 'account-concurrency',
    severity: 'error',
    demands: `the account has what the stage reserves, and ${UNRESERVED_AT_LEAST} more; workers that reserve nothing fit into what is left`,
    costs: 'AWS refuses the deployment, or throttles batches of orders towards the dead letters',
    wayOut:
      'lower DIRECT_CONCURRENCY, INTAKE_CONCURRENCY or WORKER_COUNT, deploy with RESERVED_CONCURRENCY=off, or ask AWS for a higher quota',
    source: `${LAMBDA}/configuration-concurrency.html`,
    find: inAccount((template, { quota, unreserved, running }) => {
      const wanted = sum(functions(template).map(reservedOf));
      const own = sum(Object.values(running).map((of) => of.reserved));
      const others = Math.max(0, quota - unreserved - own);
      const left = quota - others - wanted;
      if (wanted > 0 && left < UNRESERVED_AT_LEAST)
        return [
          {
            resource: 'the stage',
            found: `reserves ${wanted}: of the account's ${quota} others reserve ${others}, and ${left} would be left`,
          },
        ];
      return workersIn(template)
        .filter(({ worker, maximum = quota }) => reservedOf(worker) === undefined && maximum > left)
        .map(({ worker, maximum }) => ({
          resource: worker.id,
          found: `may run ${maximum ?? 'any number of'} times at once, and the account has ${left}`,
        }));
    }),
    fixture: { of: 'account', at: ['unreserved'], becomes: 300 },
  },
  {
    id: 'topic-quota-below-plan',
    severity: 'error',
    demands: 'SNS takes the planned orders a second in this region',
    costs: 'orders above the quota are answered 503',
    wayOut: 'ask AWS for a higher quota of the region, or take another region',
    source: 'https://docs.aws.amazon.com/general/latest/gr/sns.html',
    find: inAccount((template, { topicMessagesPerSecond: most }, { ordersPerSecond }) =>
      template
        .ofType('AWS::SNS::Topic')
        .filter(() => most < ordersPerSecond)
        .map(({ id }) => ({
          resource: id,
          found: `may take ${most} messages a second, planned ${ordersPerSecond}`,
        })),
    ),
    fixture: { of: 'account', at: ['topicMessagesPerSecond'], becomes: 50 },
  },
  {
    id: 'workers-changed-by-hand',
    severity: 'warning',
    demands: 'a deployment leaves the workers as sls workers has set them',
    costs: 'with fewer workers than now the queue grows in the middle of a sale',
    wayOut: 'deploy with the WORKER_COUNT and BATCH_SIZE that run now',
    source: `${LAMBDA}/services-sqs-scaling.html`,
    find: inAccount((template, { running }) =>
      workersIn(template).flatMap(({ worker, maximum, batchSize }) => {
        const { mapping } = running[worker.id] ?? {};
        if (mapping === undefined) return [];
        const [now, then] = [
          setting(mapping.maximum, mapping.batchSize),
          setting(maximum, batchSize),
        ];
        return now === then
          ? []
          : [{ resource: worker.id, found: `pays ${now} orders at a time now, then ${then}` }];
      }),
    ),
    fixture: {
      of: 'account',
      at: ['running', 'QueueWorkerLambdaFunction', 'mapping', 'maximum'],
      becomes: 40,
    },
  },
  {
    id: 'protected-before-it-is-there',
    severity: 'error',
    demands: 'the first deployment of a stage does not protect its tables yet',
    costs:
      'when it fails, its rollback cannot delete the tables that it has made: the retry ends in "already exists", and takes no order',
    wayOut: 'deploy the first time with DELETION_PROTECTION=off, and then once more without it',
    source:
      'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html',
    find: inAccount((template, { running }) =>
      Object.keys(running).length > 0
        ? []
        : template
            .ofType('AWS::DynamoDB::Table')
            .filter(({ Properties }) => Properties.DeletionProtectionEnabled === true)
            .map(({ id }) => ({ resource: id, found: 'is protected' })),
    ),
    fixture: { of: 'account', at: ['running'], becomes: {} },
  },
];
