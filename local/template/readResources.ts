import { isObject } from '../../common/json.ts';
import type { QueueModel, SubscriptionModel, TableModel, TopicModel } from './model.ts';
import { type Reading, readTarget } from './reading.ts';
import type { ResolvedResource } from './resolveResources.ts';

const QUEUE_ATTRIBUTES = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'DelaySeconds',
  'MaximumMessageSize',
  'RedrivePolicy',
  'FifoQueue',
  'ContentBasedDeduplication',
];
const TOPIC_ATTRIBUTES = ['DisplayName', 'FifoTopic', 'ContentBasedDeduplication'];
const TABLE_PROPERTIES = [
  'TableName',
  'AttributeDefinitions',
  'KeySchema',
  'BillingMode',
  'ProvisionedThroughput',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
];

export function readQueue(
  { logicalId, ref, attributes, properties }: ResolvedResource,
  reading: Reading,
): QueueModel {
  const { RedrivePolicy: redrive, ...others } = properties;
  const target = isObject(redrive) ? redrive.deadLetterTargetArn : undefined;
  const isMoved = readTarget(target, `${logicalId}.RedrivePolicy`, reading) !== undefined;
  return {
    logicalId,
    name: attributes.QueueName ?? '',
    arn: attributes.Arn ?? '',
    url: ref,
    attributes: asAttributes(isMoved ? properties : others, QUEUE_ATTRIBUTES),
  };
}

export function readTopic({
  logicalId,
  ref,
  attributes,
  properties,
}: ResolvedResource): TopicModel {
  return {
    logicalId,
    name: attributes.TopicName ?? '',
    arn: ref,
    attributes: asAttributes(properties, TOPIC_ATTRIBUTES),
  };
}

/** A topic may list its subscriptions itself, which is how the framework writes `sns: topic-name`. */
export function readTopicSubscriptions(
  { logicalId, ref, properties }: ResolvedResource,
  reading: Reading,
): SubscriptionModel[] {
  const listed = Array.isArray(properties.Subscription) ? properties.Subscription : [];
  return listed.filter(isObject).flatMap((subscription, index) => {
    const id = `${logicalId}.Subscription[${index}]`;
    return readSubscription({ ...subscription, TopicArn: ref }, id, reading) ?? [];
  });
}

export function readSubscription(
  properties: Record<string, unknown>,
  logicalId: string,
  reading: Reading,
): SubscriptionModel | undefined {
  const { Protocol: protocol, TopicArn: topic, Endpoint: endpoint } = properties;
  const obstacle = subscriptionObstacle(String(protocol), String(topic), String(endpoint), reading);
  if (obstacle) {
    reading.report(`${logicalId} (AWS::SNS::Subscription)`, obstacle);
    return undefined;
  }
  const redrive = isObject(properties.RedrivePolicy) ? properties.RedrivePolicy : {};
  const place = `${logicalId}.RedrivePolicy`;
  const deadLetterArn = readTarget(redrive.deadLetterTargetArn, place, reading);
  if (deadLetterArn !== undefined && protocol === 'sqs')
    reading.report(
      place,
      'kept, but nothing gets there: a delivery to a queue does not fail on one machine',
    );
  return {
    logicalId,
    topicArn: String(topic),
    protocol: String(protocol),
    endpoint: String(endpoint),
    rawMessageDelivery: String(properties.RawMessageDelivery ?? false) === 'true',
    filterPolicy: isObject(properties.FilterPolicy) ? properties.FilterPolicy : undefined,
    filterPolicyScope:
      properties.FilterPolicyScope === 'MessageBody' ? 'MessageBody' : 'MessageAttributes',
    deadLetterArn,
  };
}

function subscriptionObstacle(
  protocol: string,
  topicArn: string,
  endpoint: string,
  { isRun }: Reading,
): string | undefined {
  if (protocol !== 'sqs' && protocol !== 'lambda')
    return `nothing is delivered by the protocol "${protocol}"`;
  if (!isRun(topicArn)) return `the topic ${topicArn} is not in the template`;
  if (!isRun(endpoint)) return `its endpoint ${endpoint} is not run`;
  return undefined;
}

export function readTable({
  logicalId,
  ref,
  attributes,
  properties,
}: ResolvedResource): TableModel {
  const definition = Object.fromEntries(
    TABLE_PROPERTIES.filter((name) => properties[name] !== undefined).map((name) => [
      name,
      properties[name],
    ]),
  );
  return {
    logicalId,
    name: ref,
    arn: attributes.Arn ?? '',
    definition: { ...definition, TableName: ref },
  };
}

/** CloudFormation gives numbers, booleans and objects where the SQS and SNS APIs take texts. */
function asAttributes(
  properties: Record<string, unknown>,
  names: string[],
): Record<string, string> {
  return Object.fromEntries(
    names
      .filter((name) => properties[name] !== undefined)
      .map((name) => [
        name,
        isObject(properties[name]) ? JSON.stringify(properties[name]) : String(properties[name]),
      ]),
  );
}
