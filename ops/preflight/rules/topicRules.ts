import {
  type CompiledTemplate,
  list,
  object,
  type Resource,
  type Statement,
  statementsIn,
} from '../compiledTemplate.ts';
import { type Finding, LAMBDA, type Rule, SNS } from '../rule.ts';

interface Subscription {
  subscription: Resource;
  topic: Resource | undefined;
  endpoint: Resource | undefined;
}

const subscriptions = (template: CompiledTemplate): Subscription[] =>
  template.ofType('AWS::SNS::Subscription').map((subscription) => ({
    subscription,
    topic: template.target(subscription.Properties.TopicArn),
    endpoint: template.target(subscription.Properties.Endpoint),
  }));

const perSubscription =
  (find: (of: Subscription, template: CompiledTemplate) => string | false | undefined) =>
  (template: CompiledTemplate): Finding[] =>
    subscriptions(template).flatMap((of) => {
      const found = find(of, template);
      return found ? [{ resource: of.subscription.id, found }] : [];
    });

/** Policies whose message could match both: unless they ask different things of one attribute. */
function overlap(one: unknown, other: unknown): boolean {
  const [a, b] = [object(one), object(other)];
  const excludes = Object.keys(a).some((name) => {
    const [mine, theirs] = [list(a[name]), list(b[name])];
    const areTexts = [...mine, ...theirs].every((value) => typeof value === 'string');
    return theirs.length > 0 && areTexts && !mine.some((value) => theirs.includes(value));
  });
  return !excludes;
}

const letsTopicIn = ({ actions, principals, condition }: Statement, action: string): boolean =>
  actions.some((it) => it === action || it.endsWith(':*')) &&
  principals.some((it) => it === 'sns.amazonaws.com' || it === '*') &&
  (condition === undefined || JSON.stringify(condition).toLowerCase().includes('aws:source'));

function isLetIn(queue: Resource, template: CompiledTemplate): boolean {
  const policies = template
    .ofType('AWS::SQS::QueuePolicy')
    .filter(({ Properties }) =>
      list(Properties.Queues).some((it) => template.target(it)?.id === queue.id),
    );
  return policies
    .flatMap(({ Properties }) => statementsIn(Properties.PolicyDocument))
    .some(
      (statement) =>
        letsTopicIn(statement, 'sqs:SendMessage') &&
        statement.resources.some((it) => it === '*' || template.target(it)?.id === queue.id),
    );
}

const deadLettersOf = ({ subscription }: Subscription, template: CompiledTemplate) =>
  template.target(object(subscription.Properties.RedrivePolicy).deadLetterTargetArn);

/** Whether SNS may use the key of an encrypted queue; AWS's own key for SQS cannot be shared with it. */
function keyFault(queue: Resource, template: CompiledTemplate): string | undefined {
  const { KmsMasterKeyId: keyId } = queue.Properties;
  if (keyId === undefined) return undefined;
  const key = template.target(keyId);
  if (key === undefined)
    return keyId === 'alias/aws/sqs' ? `${queue.id} is encrypted with ${keyId}` : undefined;
  const isShared = statementsIn(key.Properties.KeyPolicy).some((it) =>
    letsTopicIn({ ...it, condition: undefined }, 'kms:Decrypt'),
  );
  return isShared ? undefined : `the policy of ${key.id} does not name sns.amazonaws.com`;
}

export const TOPIC_RULES: Rule[] = [
  {
    id: 'two-processors-for-one-order',
    severity: 'error',
    demands: 'each message of a topic matches the filter policy of one subscription',
    costs:
      'every order is handed to two processors: each is read twice, and paid once only by its key',
    wayOut: 'give the subscriptions filter policies that exclude each other',
    source: `${SNS}/sns-subscription-filter-policies.html`,
    find: (template) => {
      const all = subscriptions(template);
      return all.flatMap(({ subscription, topic }, index) =>
        all
          .slice(0, index)
          .filter(
            (other) =>
              other.topic?.id === topic?.id &&
              overlap(
                other.subscription.Properties.FilterPolicy,
                subscription.Properties.FilterPolicy,
              ),
          )
          .map((other) => ({
            resource: subscription.id,
            found: `takes what ${other.subscription.id} takes`,
          })),
      );
    },
    fixture: { at: ['QueuedSubscription', 'Properties', 'FilterPolicy'], becomes: undefined },
  },
  {
    id: 'subscription-without-dead-letters',
    severity: 'error',
    demands: 'a subscription has a dead-letter queue',
    costs: 'an order that SNS cannot hand over is gone until the sweeper finds it',
    wayOut: 'add a RedrivePolicy to the subscription',
    source: `${SNS}/sns-dead-letter-queues.html`,
    find: perSubscription(
      (of, template) => deadLettersOf(of, template) === undefined && 'has no RedrivePolicy',
    ),
    fixture: { at: ['QueuedSubscription', 'Properties', 'RedrivePolicy'], becomes: undefined },
  },
  {
    id: 'queue-closed-to-topic',
    severity: 'error',
    demands: "a subscribed queue's policy lets SNS send",
    costs: 'no order of the topic reaches the queue',
    wayOut: 'allow sqs:SendMessage to sns.amazonaws.com where aws:SourceArn is the topic',
    source: `${SNS}/subscribe-sqs-queue-to-sns-topic.html`,
    find: perSubscription(
      ({ endpoint }, template) =>
        endpoint?.Type === 'AWS::SQS::Queue' &&
        !isLetIn(endpoint, template) &&
        `no policy of ${endpoint.id} lets SNS send`,
    ),
    fixture: {
      at: ['OrderQueuePolicy', 'Properties', 'PolicyDocument', 'Statement', '0', 'Resource'],
      becomes: { 'Fn::GetAtt': ['OrderDeadLetterQueue', 'Arn'] },
    },
  },
  {
    id: 'dead-letters-closed-to-topic',
    severity: 'error',
    demands: "a subscription's dead-letter queue lets SNS send",
    costs: 'an order that SNS cannot hand over is not kept either',
    wayOut: 'name the dead-letter queue in the queue policy as well',
    source: `${SNS}/sns-configure-dead-letter-queue.html`,
    find: perSubscription((of, template) => {
      const deadLetters = deadLettersOf(of, template);
      return (
        deadLetters !== undefined &&
        !isLetIn(deadLetters, template) &&
        `no policy of ${deadLetters.id} lets SNS send`
      );
    }),
    fixture: {
      at: ['OrderQueuePolicy', 'Properties', 'PolicyDocument', 'Statement', '0', 'Resource'],
      becomes: { 'Fn::GetAtt': ['OrderQueue', 'Arn'] },
    },
  },
  {
    id: 'key-closed-to-topic',
    severity: 'error',
    demands: 'SNS may use the key of an encrypted queue that it sends to',
    costs: 'no order of the topic reaches the queue',
    wayOut: 'use SqsManagedSseEnabled, or a key whose policy lets sns.amazonaws.com use it',
    source: `${SNS}/sns-key-management.html`,
    find: perSubscription(({ endpoint }, template) =>
      endpoint?.Type === 'AWS::SQS::Queue' ? keyFault(endpoint, template) : undefined,
    ),
    fixture: { at: ['OrderQueue', 'Properties', 'KmsMasterKeyId'], becomes: 'alias/aws/sqs' },
  },
  {
    id: 'function-closed-to-topic',
    severity: 'error',
    demands: 'a subscribed function may be invoked by SNS',
    costs: 'no order of the direct way is paid',
    wayOut: 'add an AWS::Lambda::Permission for sns.amazonaws.com',
    source: `${LAMBDA}/with-sns.html`,
    find: perSubscription(
      ({ endpoint }, template) =>
        endpoint?.Type === 'AWS::Lambda::Function' &&
        !template
          .ofType('AWS::Lambda::Permission')
          .some(
            ({ Properties }) =>
              Properties.Principal === 'sns.amazonaws.com' &&
              template.target(Properties.FunctionName)?.id === endpoint.id,
          ) &&
        `${endpoint.id} has no permission for SNS`,
    ),
    fixture: {
      at: ['TopicProcessorLambdaPermissionFlashsaleprodordersSNS', 'Properties', 'Principal'],
      becomes: 'events.amazonaws.com',
    },
  },
  {
    id: 'no-failure-destination',
    severity: 'error',
    demands:
      'what a topic hands to a function has an on-failure destination or a dead-letter queue',
    costs:
      'an order that fails three times, or waits six hours, is gone until the sweeper finds it',
    wayOut: 'set destinations.onFailure of the function',
    source: `${LAMBDA}/invocation-async-retain-records.html`,
    find: perSubscription(({ endpoint }, template) => {
      if (endpoint?.Type !== 'AWS::Lambda::Function') return undefined;
      const isKept = template
        .ofType('AWS::Lambda::EventInvokeConfig')
        .some(
          ({ Properties }) =>
            template.target(Properties.FunctionName)?.id === endpoint.id &&
            object(Properties.DestinationConfig).OnFailure !== undefined,
        );
      return !isKept && endpoint.Properties.DeadLetterConfig === undefined
        ? `${endpoint.id} keeps nothing that fails`
        : undefined;
    }),
    fixture: {
      at: ['TopicProcessorLambdaEvConf', 'Properties', 'DestinationConfig'],
      becomes: undefined,
    },
  },
];
