import { createHash, randomUUID } from 'node:crypto';
import { isObject, parseJson } from '../../common/json.ts';
import { attributeFault, type Fault, topicArnFault } from './requestChecks.ts';
import { isDelivered, type SnsAttribute } from './snsFilter.ts';

/** Of the emulator underneath, as far as a message passes through it. */
interface Queue {
  isFifo(): boolean;
  checkDeduplication(id: string): { isDuplicate: boolean };
  recordDeduplication(id: string, messageId: string): void;
  nextSequenceNumber(): string;
  enqueue(message: Record<string, unknown>): void;
}
export interface Stores {
  sns: {
    getTopic(arn: string): Topic | undefined;
    getSubscription(arn: string): Subscription | undefined;
  };
  sqs: { getQueueByArn(arn: string): Queue | undefined };
  createMessage(
    body: string,
    attributes: Record<string, SnsAttribute>,
    delaySeconds: undefined,
    groupId: string | undefined,
    deduplicationId: string | undefined,
  ): Record<string, unknown>;
}
interface Topic {
  attributes: Partial<Record<string, string>>;
  subscriptionArns: string[];
}
interface Subscription {
  arn: string;
  endpoint: string;
  attributes: Partial<Record<string, string>>;
}

type Params = Partial<Record<string, string>>;

export class SnsRefusal extends Error {
  readonly code: string;
  readonly statusCode: number;

  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
  }
}

const refusal = (text: string) => new SnsRefusal('InvalidParameter', `Invalid parameter: ${text}`);
function refuse(fault: Fault | undefined): void {
  if (fault) throw new SnsRefusal(fault.code, fault.message);
}
const LARGEST_BYTES = 262_144;
/** Of the queues that hand over to functions, which AWS knows by another protocol. */
const TO_A_FUNCTION = /:sns-to-[^:]+$/;

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export function publish(params: Params, stores: Stores): string {
  const topicArn = params.TopicArn ?? params.TargetArn;
  if (topicArn === undefined)
    throw refusal('TopicArn or TargetArn Reason: no value for required parameter');
  return publishTo(topicArn, params, stores);
}

/** One message to one topic; gives its id. */
export function publishTo(topicArn: string, params: Params, stores: Stores): string {
  refuse(topicArnFault({ TopicArn: topicArn }));
  const topic = stores.sns.getTopic(topicArn);
  if (!topic) throw new SnsRefusal('NotFound', 'Topic does not exist', 404);
  const { Message: message = '', Subject: subject, MessageGroupId: groupId } = params;
  if (message === '') throw refusal('Empty message');
  if (subject === '') throw refusal('Subject');
  const attributes = readAttributes(params);
  if (sizeOf(message, attributes) > LARGEST_BYTES) throw refusal('Message too long');
  const texts = textsOf(params.MessageStructure, message);
  const deduplicationId = deduplicationOf(topic, params, message);
  const messageId = randomUUID();
  const envelope = {
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: topicArn,
    Subject: subject,
  };
  for (const arn of topic.subscriptionArns) {
    const subscription = stores.sns.getSubscription(arn);
    const queue = subscription && stores.sqs.getQueueByArn(subscription.endpoint);
    if (!queue || !isDelivered(subscription.attributes, texts.default, attributes)) continue;
    const text = TO_A_FUNCTION.test(subscription.endpoint) ? texts.lambda : texts.sqs;
    const isRaw = subscription.attributes.RawMessageDelivery === 'true';
    const body = isRaw
      ? text
      : bodyOf({ ...envelope, Message: text }, attributes, subscription.arn);
    const message = stores.createMessage(
      body,
      isRaw ? attributes : {},
      undefined,
      groupId,
      deduplicationId,
    );
    enqueue(queue, message, deduplicationId);
  }
  return messageId;
}

/** A text for each protocol: https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html */
function textsOf(structure: string | undefined, message: string) {
  if (structure === undefined) return { default: message, sqs: message, lambda: message };
  if (structure !== 'json') throw refusal('Message Structure - Unknown value for MessageStructure');
  const texts = parseJson(message);
  if (!isObject(texts)) throw refusal('Message Structure - JSON message body failed to parse');
  if (typeof texts.default !== 'string')
    throw refusal('Message Structure - No default entry in JSON message body');
  const { default: common } = texts;
  const textFor = (protocol: string) => {
    const text = texts[protocol];
    return typeof text === 'string' ? text : common;
  };
  return { default: common, sqs: textFor('sqs'), lambda: textFor('lambda') };
}

function deduplicationOf(
  { attributes }: Topic,
  params: Params,
  message: string,
): string | undefined {
  if (attributes.FifoTopic !== 'true') {
    if (params.MessageDeduplicationId !== undefined)
      throw refusal(
        'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
      );
    return undefined;
  }
  if (params.MessageGroupId === undefined)
    throw refusal('The MessageGroupId parameter is required for FIFO topics');
  if (params.MessageDeduplicationId !== undefined) return params.MessageDeduplicationId;
  if (attributes.ContentBasedDeduplication === 'true')
    return createHash('sha256').update(message).digest('hex');
  throw refusal(
    'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

function bodyOf(
  envelope: Record<string, string | undefined>,
  attributes: Record<string, SnsAttribute>,
  subscriptionArn: string,
): string {
  const { Message, ...head } = envelope;
  const described = Object.entries(attributes).map(
    ([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? BinaryValue ?? '' },
    ],
  );
  const region = subscriptionArn.split(':')[3];
  const sns = `https://sns.${region}.amazonaws.com`;
  return JSON.stringify({
    ...head,
    Message,
    Timestamp: new Date().toISOString(),
    SignatureVersion: '1',
    Signature: 'EXAMPLE',
    SigningCertURL: `${sns}/SimpleNotificationService-0000000000000000000000.pem`,
    UnsubscribeURL: `${sns}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`,
    ...(described.length > 0 && { MessageAttributes: Object.fromEntries(described) }),
  });
}

function enqueue(queue: Queue, message: Record<string, unknown>, deduplicationId?: string): void {
  if (queue.isFifo() && deduplicationId !== undefined) {
    if (queue.checkDeduplication(deduplicationId).isDuplicate) return;
    message.sequenceNumber = queue.nextSequenceNumber();
    queue.recordDeduplication(deduplicationId, String(message.messageId));
  }
  queue.enqueue(message);
}

function readAttributes(params: Params): Record<string, SnsAttribute> {
  const attributes: Record<string, SnsAttribute> = {};
  for (let index = 1; ; index += 1) {
    const at = `MessageAttributes.entry.${index}`;
    const name = params[`${at}.Name`];
    if (name === undefined) return attributes;
    const [type = '', text, bytes] = ['DataType', 'StringValue', 'BinaryValue'].map(
      (field) => params[`${at}.Value.${field}`],
    );
    refuse(attributeFault(name, type, text, bytes));
    attributes[name] = {
      DataType: type,
      ...(text !== undefined && { StringValue: text }),
      ...(bytes !== undefined && { BinaryValue: bytes }),
    };
  }
}

const sizeOf = (message: string, attributes: Record<string, SnsAttribute>): number =>
  Object.entries(attributes).reduce(
    (bytes, [name, { DataType, StringValue = '', BinaryValue = '' }]) =>
      bytes + Buffer.byteLength(name + DataType + StringValue + BinaryValue),
    Buffer.byteLength(message),
  );

const BATCH_ID = /^[\w-]{1,80}$/;

/** What became of each message of a batch, by the id that the caller gave it. */
export type BatchOutcome = { id: string; messageId?: string; refusal?: SnsRefusal };

/** https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html */
export function publishBatch(params: Params, stores: Stores): BatchOutcome[] {
  const { TopicArn: topicArn } = params;
  if (topicArn === undefined) throw refusal('TopicArn Reason: no value for required parameter');
  const entries = batchEntries(params);
  if (entries.length === 0)
    throw new SnsRefusal('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  if (entries.length > 10)
    throw new SnsRefusal(
      'TooManyEntriesInBatchRequest',
      'The batch request contains more entries than permissible.',
    );
  const ids = entries.map(({ Id = '' }) => Id);
  if (!ids.every((id) => BATCH_ID.test(id)))
    throw new SnsRefusal(
      'InvalidBatchEntryId',
      'The Id of a batch entry in a batch request does not abide by the specification.',
    );
  if (new Set(ids).size < ids.length)
    throw new SnsRefusal(
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    );
  const bytes = entries.reduce(
    (sum, entry) => sum + sizeOf(entry.Message ?? '', readAttributes(entry)),
    0,
  );
  if (bytes > LARGEST_BYTES)
    throw new SnsRefusal(
      'BatchRequestTooLong',
      'The length of all the messages put together is more than the limit.',
    );
  return entries.map((entry) => outcomeOf(topicArn, entry, stores));
}

function outcomeOf(topicArn: string, entry: Params, stores: Stores): BatchOutcome {
  const id = entry.Id ?? '';
  try {
    return { id, messageId: publishTo(topicArn, entry, stores) };
  } catch (error) {
    if (!(error instanceof SnsRefusal) || error.statusCode === 404) throw error;
    return { id, refusal: error };
  }
}

/** The parameters of each entry, without their place in the batch. */
function batchEntries(params: Params): Params[] {
  const entries = new Map<string, Params>();
  for (const [name, value] of Object.entries(params)) {
    const [, index, rest] = /^PublishBatchRequestEntries\.member\.(\d+)\.(.+)$/.exec(name) ?? [];
    if (index === undefined || rest === undefined) continue;
    entries.set(index, { ...entries.get(index), [rest]: value });
  }
  return [...entries.values()];
}
