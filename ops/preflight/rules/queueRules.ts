import { type CompiledTemplate, list, object, type Resource } from '../compiledTemplate.ts';
import { type Finding, LAMBDA, type Rule, SQS } from '../rule.ts';

interface Mapping {
  mapping: Resource;
  properties: Record<string, unknown>;
  queue: Resource;
  worker: Resource;
}

/** Every event source mapping of a queue of this template, with the queue and the function. */
function mappings(template: CompiledTemplate): Mapping[] {
  return template.ofType('AWS::Lambda::EventSourceMapping').flatMap((mapping) => {
    const { Properties: properties } = mapping;
    const queue = template.target(properties.EventSourceArn);
    const worker = template.target(properties.FunctionName);
    return queue && worker ? [{ mapping, properties, queue, worker }] : [];
  });
}

const perMapping =
  (find: (of: Mapping, template: CompiledTemplate) => string | false | undefined, on?: 'queue') =>
  (template: CompiledTemplate): Finding[] =>
    mappings(template).flatMap((of) => {
      const found = find(of, template);
      return found ? [{ resource: on ? of.queue.id : of.mapping.id, found }] : [];
    });

const timeoutOf = ({ worker }: Mapping) => Number(worker.Properties.Timeout ?? 3);
const windowOf = ({ properties }: Mapping) =>
  Number(properties.MaximumBatchingWindowInSeconds ?? 0);
const visibilityOf = ({ queue }: Mapping) => Number(queue.Properties.VisibilityTimeout ?? 30);
const maximumOf = ({ properties }: Mapping): number | undefined =>
  object(properties.ScalingConfig).MaximumConcurrency as number | undefined;
const redriveOf = ({ queue }: Mapping) => object(queue.Properties.RedrivePolicy);
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html */
const retentionOf = ({ Properties }: Resource) =>
  Number(Properties.MessageRetentionPeriod ?? 345_600);

const DUPLICATES = 'each order whose message comes again while it is being paid is worked on twice';

export const QUEUE_RULES: Rule[] = [
  {
    id: 'two-mappings-of-one-queue',
    severity: 'error',
    demands: 'a queue has one event source mapping',
    costs: 'two functions share the orders of one queue: each order goes to either of them',
    wayOut: 'give the second function a queue of its own',
    source: `${SQS}/standard-queues.html`,
    find: (template) => {
      const queues = mappings(template).map(({ queue }) => queue.id);
      return mappings(template)
        .filter(({ queue }, index) => queues.indexOf(queue.id) !== index)
        .map(({ mapping, queue }) => ({ resource: mapping.id, found: `also reads ${queue.id}` }));
    },
    fixture: {
      at: ['SecondMapping'],
      becomes: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['OrderQueue', 'Arn'] },
          FunctionName: { 'Fn::GetAtt': ['QueueWorkerLambdaFunction', 'Arn'] },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: 2 },
        },
      },
    },
  },
  {
    id: 'visibility-below-timeout',
    severity: 'error',
    demands: "a queue's visibility timeout is at least its function's timeout",
    costs: 'AWS refuses the event source mapping: no order of the queue is paid',
    wayOut: 'raise VisibilityTimeout to six timeouts and the batching window',
    source: `${LAMBDA}/services-sqs-configure.html`,
    find: perMapping(
      (of) =>
        visibilityOf(of) < timeoutOf(of) &&
        `hides messages for ${visibilityOf(of)} s, ${of.worker.id} may run ${timeoutOf(of)} s`,
      'queue',
    ),
    fixture: { at: ['OrderQueue', 'Properties', 'VisibilityTimeout'], becomes: 5 },
  },
  {
    id: 'visibility-below-six-timeouts',
    severity: 'error',
    demands: 'it is at least six timeouts and the batching window',
    costs: DUPLICATES,
    wayOut: 'raise VisibilityTimeout, or lower the timeout of the function',
    source: `${LAMBDA}/services-sqs-configure.html`,
    find: perMapping((of) => {
      const least = 6 * timeoutOf(of) + windowOf(of);
      const has = visibilityOf(of);
      return has >= timeoutOf(of) && has < least && `hides messages for ${has} s, not ${least} s`;
    }, 'queue'),
    fixture: { at: ['OrderQueue', 'Properties', 'VisibilityTimeout'], becomes: 30 },
  },
  {
    id: 'maximum-above-reserved',
    severity: 'error',
    demands: "a mapping's maximum concurrency is at most the function's reserved concurrency",
    costs:
      'healthy batches are throttled and counted as received: whole orders reach the dead letters',
    wayOut: 'set both to the same number',
    source: `${LAMBDA}/services-sqs-scaling.html`,
    find: perMapping((of) => {
      const reserved = of.worker.Properties.ReservedConcurrentExecutions as number | undefined;
      const maximum = maximumOf(of) ?? Number.POSITIVE_INFINITY;
      return (
        reserved !== undefined &&
        maximum > reserved &&
        `${maximum === Number.POSITIVE_INFINITY ? 'no maximum' : `a maximum of ${maximum}`} over ${reserved} reserved`
      );
    }),
    fixture: {
      at: [
        'QueueWorkerEventSourceMappingSQSOrderQueue',
        'Properties',
        'ScalingConfig',
        'MaximumConcurrency',
      ],
      becomes: 999,
    },
  },
  {
    id: 'maximum-out-of-bounds',
    severity: 'error',
    demands: 'a maximum concurrency is from 2 to 1000',
    costs: 'AWS refuses the mapping: no order of the queue is paid',
    wayOut: 'use 2 with half the batch for one worker',
    source: `${LAMBDA}/services-sqs-scaling.html`,
    find: perMapping((of) => {
      const maximum = maximumOf(of);
      return maximum !== undefined && (maximum < 2 || maximum > 1000) && `has ${maximum}`;
    }),
    fixture: {
      at: [
        'QueueWorkerEventSourceMappingSQSOrderQueue',
        'Properties',
        'ScalingConfig',
        'MaximumConcurrency',
      ],
      becomes: 1,
    },
  },
  {
    id: 'large-batch-without-window',
    severity: 'error',
    demands: 'a batch of more than 10 has a batching window of at least 1 s',
    costs: 'AWS refuses the mapping: no order of the queue is paid',
    wayOut: 'set MaximumBatchingWindowInSeconds to 1, or BatchSize to 10',
    source: `${LAMBDA}/services-sqs-configure.html`,
    find: perMapping(
      (of) =>
        Number(of.properties.BatchSize ?? 10) > 10 &&
        windowOf(of) < 1 &&
        `takes ${of.properties.BatchSize} at once without a window`,
    ),
    fixture: {
      at: [
        'QueueWorkerEventSourceMappingSQSOrderQueue',
        'Properties',
        'MaximumBatchingWindowInSeconds',
      ],
      becomes: 0,
    },
  },
  {
    id: 'no-partial-batch-answer',
    severity: 'error',
    demands: 'a mapping takes the answer which messages of a batch have failed',
    costs: 'one order that fails brings its whole batch back: ten orders are tried again for one',
    wayOut: 'set FunctionResponseTypes to ReportBatchItemFailures',
    source: `${LAMBDA}/services-sqs-errorhandling.html`,
    find: perMapping(
      ({ properties }) =>
        !list(properties.FunctionResponseTypes).includes('ReportBatchItemFailures') &&
        'has no ReportBatchItemFailures',
    ),
    fixture: {
      at: ['QueueWorkerEventSourceMappingSQSOrderQueue', 'Properties', 'FunctionResponseTypes'],
      becomes: undefined,
    },
  },
  {
    id: 'queue-without-dead-letters',
    severity: 'error',
    demands: 'a queue that a function reads has a dead-letter queue',
    costs:
      'an order that cannot be paid comes again until its message is too old, and then is gone',
    wayOut: 'add a RedrivePolicy with a queue and a maxReceiveCount of 5',
    source: `${SQS}/sqs-dead-letter-queues.html`,
    find: perMapping(
      (of) => redriveOf(of).deadLetterTargetArn === undefined && 'has no RedrivePolicy',
      'queue',
    ),
    fixture: { at: ['OrderQueue', 'Properties', 'RedrivePolicy'], becomes: undefined },
  },
  {
    id: 'few-receives',
    severity: 'error',
    demands: 'a message is received at least five times before it is a dead letter',
    costs: 'orders are given up for a throttle or an outage of seconds',
    wayOut: 'set maxReceiveCount to 5 or more',
    source: `${LAMBDA}/services-sqs-configure.html`,
    find: perMapping((of) => {
      const { maxReceiveCount } = redriveOf(of);
      return (
        maxReceiveCount !== undefined &&
        Number(maxReceiveCount) < 5 &&
        `gives up after ${maxReceiveCount}`
      );
    }, 'queue'),
    fixture: {
      at: ['OrderQueue', 'Properties', 'RedrivePolicy', 'maxReceiveCount'],
      becomes: 3,
    },
  },
  {
    id: 'dead-letters-kept-too-short',
    severity: 'error',
    demands: 'dead letters are kept longer than the queue keeps its messages, whose age they keep',
    costs: 'an order that waited for days is gone as soon as it is given up',
    wayOut: 'set MessageRetentionPeriod of the dead-letter queue to 1209600',
    source: `${SQS}/sqs-dead-letter-queues.html`,
    find: perMapping((of, template) => {
      const deadLetters = template.target(redriveOf(of).deadLetterTargetArn);
      return (
        deadLetters !== undefined &&
        retentionOf(deadLetters) <= retentionOf(of.queue) &&
        `${deadLetters.id} keeps them ${retentionOf(deadLetters)} s, it itself ${retentionOf(of.queue)} s`
      );
    }, 'queue'),
    fixture: {
      at: ['OrderDeadLetterQueue', 'Properties', 'MessageRetentionPeriod'],
      becomes: 345_600,
    },
  },
  {
    id: 'two-policies-of-one-queue',
    severity: 'error',
    demands: 'a queue is named by one queue policy',
    costs:
      'the later policy takes the place of the first, and what the first let in is refused: orders do not arrive',
    wayOut: 'put all statements for the queue into one policy',
    source:
      'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html',
    find: (template) => {
      const named = template
        .ofType('AWS::SQS::QueuePolicy')
        .flatMap((policy) =>
          list(policy.Properties.Queues).map((queue) => [policy.id, template.target(queue)?.id]),
        );
      return named
        .filter(([, queue], index) => named.findIndex(([, other]) => other === queue) !== index)
        .map(([policy = '', queue]) => ({ resource: policy, found: `${queue} has another one` }));
    },
    fixture: {
      at: ['OrderQueuePolicy', 'Properties', 'Queues'],
      becomes: [
        { Ref: 'OrderQueue' },
        { Ref: 'OrderDeadLetterQueue' },
        { Ref: 'DirectDeadLetterQueue' },
      ],
    },
  },
];
