import { type CompiledTemplate, list, object, type Resource } from '../compiledTemplate.ts';
import { lambdaNeeds } from '../lambdaNeeds.ts';
import { type Finding, LAMBDA, type Rule } from '../rule.ts';

const perFunction =
  (find: (of: Resource, template: CompiledTemplate) => string | false | undefined) =>
  (template: CompiledTemplate): Finding[] =>
    template.ofType('AWS::Lambda::Function').flatMap((of) => {
      const found = find(of, template);
      return found ? [{ resource: of.id, found }] : [];
    });

const reservedOf = ({ Properties }: Resource) =>
  Properties.ReservedConcurrentExecutions as number | undefined;
/** Of a new account; a stage may leave no less than 100 of it. */
const QUOTA = 1_000;
const UNRESERVED_AT_LEAST = 100;

const isMissing = (of: Resource, template: CompiledTemplate, isTracing: boolean) => {
  const statements = template.statementsOf(of);
  return lambdaNeeds(of, template)
    .filter(({ action }) => action.startsWith('xray:') === isTracing)
    .filter(({ action, resourceId }) => !template.allows(statements, action, resourceId))
    .map(({ action }) => action);
};

export const FUNCTION_RULES: Rule[] = [
  {
    id: 'role-without-needed-action',
    severity: 'error',
    demands: 'a role allows what Lambda does in its name: logs, polling a queue, destinations',
    costs: 'AWS refuses the mapping or the destination, or orders leave no log line',
    wayOut: 'add the action to the role of the function',
    source: `${LAMBDA}/services-sqs-configure.html`,
    find: perFunction((of, template) => {
      const missing = isMissing(of, template, false);
      return missing.length > 0 && `its role lacks ${missing.join(', ')}`;
    }),
    fixture: {
      at: [
        'QueueWorkerRole',
        'Properties',
        'Policies',
        '0',
        'PolicyDocument',
        'Statement',
        '4',
        'Action',
      ],
      becomes: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
    },
  },
  {
    id: 'tracing-without-actions',
    severity: 'error',
    demands: "a traced function's role has the X-Ray actions before the function is made",
    costs: 'the deployment fails now and then, and takes no order',
    wayOut: 'put both actions into the role, or let the function depend on the policy',
    source: `${LAMBDA}/services-xray.html`,
    find: perFunction((of, template) => {
      const missing = isMissing(of, template, true);
      if (missing.length > 0) return `its role lacks ${missing.join(', ')}`;
      const late = attachedLate(of, template);
      return late && `${late} is attached to its role, and nothing makes it first`;
    }),
    fixture: {
      at: ['HealthLambdaFunction', 'Properties', 'TracingConfig'],
      becomes: { Mode: 'Active' },
    },
  },
  {
    id: 'wildcard-action',
    severity: 'warning',
    demands: 'a role names each of its actions',
    costs: 'a function that is taken over can do more than its own orders need',
    wayOut: 'write the actions that the function calls',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html',
    find: perFunction((of, template) => {
      const wide = template
        .statementsOf(of)
        .flatMap(({ actions }) => actions.filter((action) => action.includes('*')));
      return wide.length > 0 && `its role allows ${wide.join(', ')}`;
    }),
    fixture: {
      at: [
        'OrderStatusRole',
        'Properties',
        'Policies',
        '0',
        'PolicyDocument',
        'Statement',
        '1',
        'Action',
      ],
      becomes: 'dynamodb:*',
    },
  },
  {
    id: 'reserved-above-quota',
    severity: 'error',
    demands: `where the account is not known, reserved concurrency leaves ${UNRESERVED_AT_LEAST} of ${QUOTA}`,
    costs: 'AWS refuses the deployment: no order is taken',
    wayOut: 'reserve less, or ask for a higher quota and suppress this rule',
    source: `${LAMBDA}/configuration-concurrency.html`,
    find: (template, { account }) => {
      if (account !== undefined) return [];
      const reserving = template.ofType('AWS::Lambda::Function');
      const sum = reserving.reduce((all, of) => all + (reservedOf(of) ?? 0), 0);
      return sum > QUOTA - UNRESERVED_AT_LEAST
        ? [{ resource: 'the stage', found: `reserves ${sum}` }]
        : [];
    },
    fixture: {
      at: ['TopicProcessorLambdaFunction', 'Properties', 'ReservedConcurrentExecutions'],
      becomes: 900,
    },
  },
  {
    id: 'switched-off',
    severity: 'error',
    demands: 'no function has a reserved concurrency of 0',
    costs: 'Lambda throttles each of its invocations: none of its orders is taken or paid',
    wayOut: 'reserve at least 1, or nothing',
    source: `${LAMBDA}/configuration-concurrency.html`,
    find: perFunction((of) => reservedOf(of) === 0 && 'reserves 0'),
    fixture: {
      at: ['OrderSyncLambdaFunction', 'Properties', 'ReservedConcurrentExecutions'],
      becomes: 0,
    },
  },
];

/** A policy that attaches itself to the function's role without the function waiting for it. */
function attachedLate(of: Resource, template: CompiledTemplate): string | undefined {
  if (object(of.Properties.TracingConfig).Mode !== 'Active') return undefined;
  const role = template.target(of.Properties.Role);
  const waitsFor = list(of.DependsOn);
  return template
    .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
    .find(
      ({ id, Properties }) =>
        list(Properties.Roles).some((it) => template.target(it)?.id === role?.id) &&
        !waitsFor.includes(id) &&
        !list(role?.Properties.ManagedPolicyArns).some((arn) => template.target(arn)?.id === id),
    )?.id;
}
