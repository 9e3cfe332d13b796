import { policyFault } from '../../emulators/snsFilter.ts';
import {
  atMost,
  isFifo,
  isTrue,
  needed,
  objectOf,
  oneOf,
  type ResourceRules,
  shorterThan,
  type Together,
  whole,
  written,
} from './rule.ts';

const QUEUE_ARN = /^arn:[^:]+:sqs:/;
const ofQueueArn = written(QUEUE_ARN, 'the ARN of a queue');
const FIFO_ONLY = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

const ofQueue: Together = (properties) => {
  const { QueueName: name, FifoQueue, RedrivePolicy, RedriveAllowPolicy } = properties;
  const fifo = isTrue(FifoQueue);
  const form = fifo ? /^[\w-]{1,75}\.fifo$/ : /^[\w-]{1,80}$/;
  const redrive = objectOf(RedrivePolicy);
  const { redrivePermission: permission, sourceQueueArns: sources } = objectOf(RedriveAllowPolicy);
  const ofFifo = FIFO_ONLY.filter((one) => (properties[one] ?? 'false').toString() !== 'false');
  return [
    name !== undefined &&
      !form.test(String(name)) &&
      `QueueName must be 1 to 80 letters, digits, - and _, with .fifo at the end for a FIFO queue, got "${name}"`,
    !fifo && ofFifo.length > 0 && `a standard queue has no ${ofFifo.join(', ')}`,
    properties.FifoThroughputLimit === 'perMessageGroupId' &&
      properties.DeduplicationScope !== 'messageGroup' &&
      'FifoThroughputLimit perMessageGroupId needs the DeduplicationScope messageGroup',
    ...(RedrivePolicy === undefined
      ? []
      : needed(redrive, ['deadLetterTargetArn', 'maxReceiveCount']).map(
          (fault) => `RedrivePolicy.${fault}`,
        )),
    redrive.deadLetterTargetArn !== undefined &&
      isFifo(redrive.deadLetterTargetArn) !== fifo &&
      `the dead-letter queue of a ${fifo ? 'FIFO' : 'standard'} queue is one too, got ${redrive.deadLetterTargetArn}`,
    RedriveAllowPolicy !== undefined &&
      (permission === 'byQueue') !== (Array.isArray(sources) && sources.length > 0) &&
      'RedriveAllowPolicy has sourceQueueArns with the redrivePermission byQueue, and with no other',
  ];
};

const ofTopic: Together = ({ TopicName: name, FifoTopic, ContentBasedDeduplication }) => {
  const fifo = isTrue(FifoTopic);
  const form = fifo ? /^[\w-]{1,251}\.fifo$/ : /^[\w-]{1,256}$/;
  return [
    name !== undefined &&
      !form.test(String(name)) &&
      `TopicName must be 1 to 256 letters, digits, - and _, with .fifo at the end for a FIFO topic, got "${name}"`,
    !fifo &&
      isTrue(ContentBasedDeduplication) &&
      'a standard topic has no ContentBasedDeduplication',
  ];
};

const RAW_PROTOCOLS = ['sqs', 'http', 'https', 'firehose'];
const ENDPOINTS: Record<string, RegExp> = {
  sqs: QUEUE_ARN,
  lambda: /^arn:[^:]+:lambda:/,
  firehose: /^arn:[^:]+:firehose:/,
  http: /^http:\/\//,
  https: /^https:\/\//,
  email: /^[^@ ]+@[^@ ]+$/,
  'email-json': /^[^@ ]+@[^@ ]+$/,
};

const ofSubscription: Together = (properties) => {
  const { Protocol, TopicArn: topic, Endpoint: endpoint, FilterPolicy: policy } = properties;
  const protocol = String(Protocol);
  const body = properties.FilterPolicyScope === 'MessageBody';
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
  const fault =
    text === undefined ? undefined : policyFault(text, body ? 'MessageBody' : 'MessageAttributes');
  return [
    ENDPOINTS[protocol]?.test(String(endpoint)) === false &&
      `Endpoint must be one of the protocol ${protocol}, got ${JSON.stringify(endpoint)}`,
    isTrue(properties.RawMessageDelivery) &&
      !RAW_PROTOCOLS.includes(protocol) &&
      `the protocol ${protocol} has no RawMessageDelivery`,
    isFifo(topic) && protocol !== 'sqs' && `the Protocol of a FIFO topic is sqs, got ${protocol}`,
    protocol === 'sqs' &&
      isFifo(endpoint) &&
      !isFifo(topic) &&
      `a FIFO queue cannot be subscribed to the standard topic ${topic}`,
    properties.RedrivePolicy !== undefined &&
      objectOf(properties.RedrivePolicy).deadLetterTargetArn === undefined &&
      'RedrivePolicy.deadLetterTargetArn has to be there',
    fault !== undefined && `FilterPolicy: ${fault}`,
  ];
};

export const MESSAGE_RULES: Record<string, ResourceRules> = {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
  'AWS::SQS::Queue': {
    values: {
      DelaySeconds: whole(0, 900),
      MaximumMessageSize: whole(1024, 1_048_576),
      MessageRetentionPeriod: whole(60, 1_209_600),
      ReceiveMessageWaitTimeSeconds: whole(0, 20),
      VisibilityTimeout: whole(0, 43_200),
      KmsDataKeyReusePeriodSeconds: whole(60, 86_400),
      DeduplicationScope: oneOf('messageGroup', 'queue'),
      FifoThroughputLimit: oneOf('perQueue', 'perMessageGroupId'),
      'RedrivePolicy.maxReceiveCount': whole(1, 1000),
      'RedrivePolicy.deadLetterTargetArn': ofQueueArn,
      'RedriveAllowPolicy.redrivePermission': oneOf('allowAll', 'denyAll', 'byQueue'),
      'RedriveAllowPolicy.sourceQueueArns': atMost(10, 'queues'),
    },
    together: ofQueue,
  },
  // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
  'AWS::SNS::Topic': {
    values: {
      DisplayName: shorterThan(100),
      SignatureVersion: oneOf('1', '2'),
      TracingConfig: oneOf('PassThrough', 'Active'),
    },
    together: ofTopic,
  },
  // https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
  'AWS::SNS::Subscription': {
    values: {
      Protocol: oneOf('application', 'sms', ...Object.keys(ENDPOINTS)),
      FilterPolicyScope: oneOf('MessageAttributes', 'MessageBody'),
      'RedrivePolicy.deadLetterTargetArn': ofQueueArn,
    },
    together: ofSubscription,
  },
};
