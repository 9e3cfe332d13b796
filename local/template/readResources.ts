import { isObject, parseJson } from '../../common/json.ts';
import type { QueueModel, SubscriptionModel, TableModel, TopicModel } from './model.ts';
import { type Reading, readTarget } from './reading.ts';
import { TemplateError } from './resolve.ts';
import type { ResolvedResource } from './resolveResources.ts';
import { namesThatRun } from './supportedResources.ts';

export function readQueue(resource: ResolvedResource, reading: Reading): QueueModel {
  const { logicalId, ref, attributes, properties } = resource;
  const { MessageRetentionPeriod } = properties;
  const { QueueName: _, RedrivePolicy, ...others } = propertiesThatRun(resource);
  const redrive = readPolicy(RedrivePolicy, `${logicalId}.RedrivePolicy`);
  const isMoved =
    readTarget(redrive?.deadLetterTargetArn, `${logicalId}.RedrivePolicy`, reading) !== undefined;
  return {
    logicalId,
    name: attributes.QueueName ?? '',
    arn: attributes.Arn ?? '',
    url: ref,
    attributes: asAttributes({
      ...others,
      // Not acted on, and told when it is asked for.
      MessageRetentionPeriod,
      RedrivePolicy: isMoved ? redrive : undefined,
    }),
  };
}

export function readTopic(resource: ResolvedResource): TopicModel {
  const { ref, attributes } = resource;
  const { TopicName: _, Subscription: _listed, ...others } = propertiesThatRun(resource);
  return {
    name: attributes.TopicName ?? '',
    arn: ref,
    attributes: asAttributes(others),
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
  const place = `${logicalId}.RedrivePolicy`;
  const redrive = readPolicy(properties.RedrivePolicy, place);
  const deadLetterArn = readTarget(redrive?.deadLetterTargetArn, place, reading);
  if (deadLetterArn !== undefined && protocol === 'sqs')
    reading.report(
      place,
      'kept, but nothing gets there: a delivery to a queue does not fail on one machine',
    );
  return {
    topicArn: String(topic),
    protocol: String(protocol),
    endpoint: String(endpoint),
    rawMessageDelivery: String(properties.RawMessageDelivery ?? false) === 'true',
    filterPolicy: readPolicy(properties.FilterPolicy, `${logicalId}.FilterPolicy`),
    filterPolicyScope:
      properties.FilterPolicyScope === 'MessageBody' ? 'MessageBody' : 'MessageAttributes',
    deadLetterArn,
  };
}

/** CloudFormation takes a policy as an object or as its JSON text. */
function readPolicy(given: unknown, path: string): Record<string, unknown> | undefined {
  if (given === undefined) return undefined;
  const policy = typeof given === 'string' ? parseJson(given) : given;
  if (isObject(policy)) return policy;
  throw new TemplateError(
    path,
    `expected an object or its JSON text, got ${JSON.stringify(given)}`,
  );
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

export function readTable(resource: ResolvedResource): TableModel {
  const { logicalId, ref, type } = resource;
  const { GlobalSecondaryIndexes: indexes, ...others } = withNumbers(propertiesThatRun(resource));
  const definition = {
    ...others,
    ...(type === 'AWS::DynamoDB::GlobalTable' && { BillingMode: 'PAY_PER_REQUEST' }),
    ...(Array.isArray(indexes) && { GlobalSecondaryIndexes: indexes.map(withoutWarmth) }),
    TableName: ref,
  };
  return { logicalId, name: ref, definition };
}

/** CloudFormation takes the text of a number, DynamoDB does not. */
function withNumbers<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withNumbers) as T;
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => [
    name,
    /CapacityUnits$/.test(name) ? Number(item) : withNumbers(item),
  ]);
  return Object.fromEntries(entries);
}

/** Which the emulator does not know, and which makes no difference on one machine. */
function withoutWarmth(index: unknown): unknown {
  if (!isObject(index)) return index;
  const kept = ['IndexName', 'KeySchema', 'Projection', 'ProvisionedThroughput'];
  return Object.fromEntries(Object.entries(index).filter(([name]) => kept.includes(name)));
}

const propertiesThatRun = ({ type, properties }: ResolvedResource): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(properties).filter(([name]) => namesThatRun(type)?.includes(name)),
  );

/** CloudFormation gives numbers, booleans and objects where the SQS and SNS APIs take texts. */
const asAttributes = (properties: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, isObject(value) ? JSON.stringify(value) : String(value)]),
  );
