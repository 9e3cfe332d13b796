import type { NotRun, QueueModel, SubscriptionModel, TableModel, TopicModel } from './model.ts';
import type { ResolvedResource } from './readTemplate.ts';
import { isObject } from './resolve.ts';

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

export function readQueue({
  logicalId,
  ref,
  attributes,
  properties,
}: ResolvedResource): QueueModel {
  return {
    logicalId,
    name: attributes.QueueName ?? '',
    arn: attributes.Arn ?? '',
    url: ref,
    attributes: asAttributes(properties, QUEUE_ATTRIBUTES),
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

export function readSubscription({
  logicalId,
  properties,
}: ResolvedResource): SubscriptionModel | NotRun {
  const protocol = String(properties.Protocol);
  if (protocol !== 'sqs' && protocol !== 'lambda') {
    return {
      what: `${logicalId} (AWS::SNS::Subscription)`,
      why: `nothing is delivered by the protocol "${protocol}"`,
    };
  }
  const redrive = properties.RedrivePolicy;
  return {
    logicalId,
    topicArn: String(properties.TopicArn),
    protocol,
    endpoint: String(properties.Endpoint),
    rawMessageDelivery: String(properties.RawMessageDelivery ?? false) === 'true',
    filterPolicy: isObject(properties.FilterPolicy) ? properties.FilterPolicy : undefined,
    filterPolicyScope:
      properties.FilterPolicyScope === 'MessageBody' ? 'MessageBody' : 'MessageAttributes',
    deadLetterArn: isObject(redrive) ? String(redrive.deadLetterTargetArn) : undefined,
  };
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
