import type { DatabaseSync } from 'node:sqlite';
import {
  type Fault,
  type SqsRequest,
  sqsFault,
  subscriptionFault,
  topicArnFault,
} from './requestChecks.ts';
import { policyFault, type SnsAttribute } from './snsFilter.ts';
import { type BatchOutcome, publish, publishBatch, SnsRefusal, type Stores } from './snsPublish.ts';

type Params = Record<string, string>;
type SnsHandler = (
  params: Params,
  sns: Stores['sns'],
  sqs: Stores['sqs'],
  request: unknown,
) => unknown;

/** What a sender gives of a message, and the emulator underneath would drop. */
interface Sent {
  MessageAttributes?: Record<string, SnsAttribute>;
  MessageGroupId?: string;
  MessageSystemAttributes?: Record<string, { DataType?: string; StringValue?: string }>;
}
interface Kept {
  messageGroupId?: string;
  traceHeader?: string | undefined;
  queueArn?: string;
  deadLetterSourceArn?: string;
}
type Received = { ReceiptHandle: string; Attributes?: Record<string, string> };
type SqsHandler = (body: SqsBody, store: SqsStore, request: unknown) => unknown;
interface SqsBody extends Sent {
  QueueUrl: string;
  Entries?: Sent[];
  AttributeNames?: string[];
  MessageSystemAttributeNames?: string[];
}
interface SqsStore {
  getQueue(url: string): { inflightMessages: Map<string, { message: Kept }> } | undefined;
}
interface Router<Handler> {
  register(this: { handlers: Map<string, Handler> }, action: string, handler: Handler): void;
}
interface Persistence {
  db: DatabaseSync;
  updateMessageReady(this: Persistence, messageId: string): void;
}
type ErrorClass = new (code: string, message: string, statusCode?: number) => Error;

const load = (file: string) => import(new URL(file, import.meta.resolve('fauxqs')).href);
const [{ SqsRouter }, { SnsRouter }, { SqsStore, SqsQueue }, errors, xml, types, persistence] =
  await Promise.all(
    [
      'sqs/sqsRouter',
      'sns/snsRouter',
      'sqs/sqsStore',
      'common/errors',
      'common/xml',
      'sqs/sqsTypes',
      'persistence',
    ].map((file) => load(`./${file}.js`)),
  );
const { SnsError, SqsError } = errors as Record<'SnsError' | 'SqsError', ErrorClass>;
const createMessage: Stores['createMessage'] = SqsStore.createMessage;

/** Puts in front of fauxqs what SNS and SQS do and it does not; before it is started. */
export function mendMessaging(): void {
  intercept<SnsHandler>(SnsRouter.prototype, {
    Publish: () => (params, sns, sqs) =>
      succeeded(
        'Publish',
        `<MessageId>${refused(() => publish(params, storesOf(sns, sqs)))}</MessageId>`,
      ),
    PublishBatch: () => (params, sns, sqs) =>
      succeeded('PublishBatch', batchXml(refused(() => publishBatch(params, storesOf(sns, sqs))))),
    Subscribe: checked,
    SetSubscriptionAttributes: checked,
    GetTopicAttributes: ofTopic,
    SetTopicAttributes: ofTopic,
    DeleteTopic: ofTopic,
  });
  intercept<SqsHandler>(SqsRouter.prototype, {
    SendMessage: (original) => checkedSqs(keepingSent(original)),
    SendMessageBatch: (original) => checkedSqs(keepingSent(original)),
    DeleteMessageBatch: checkedSqs,
    ChangeMessageVisibilityBatch: checkedSqs,
    SetQueueAttributes: ofStandardQueue,
    ReceiveMessage: (original) => checkedSqs(tellingKept(original)),
  });
  keepMessages();
  showAgain();
  nameErrors();
  // It refuses characters beyond U+FFFF (an emoji), which SQS takes: its expression sees each half of them alone.
  const invalid = types.INVALID_MESSAGE_BODY_CHAR as RegExp;
  invalid.compile(invalid.source.replace(']', '\\u{10000}-\\u{10FFFF}]'), 'u');
}

function intercept<Handler>(
  router: Router<Handler>,
  replacements: Record<string, (original: Handler) => Handler>,
): void {
  router.register = function register(action, handler) {
    this.handlers.set(action, replacements[action]?.(handler) ?? handler);
  };
}

const succeeded = (action: string, result: string): unknown =>
  xml.snsSuccessResponse(action, result);
const storesOf = (sns: Stores['sns'], sqs: Stores['sqs']): Stores => ({
  sns,
  sqs,
  createMessage: (body, attributes, delay, groupId, deduplicationId) =>
    createMessage(body, attributes, delay, groupId, deduplicationId),
});

/** With refusals as the emulator's own, which it makes an answer of. */
function refused<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof SnsRefusal)
      throw new SnsError(error.code, error.message, error.statusCode);
    throw error;
  }
}

function batchXml(outcomes: BatchOutcome[]): string {
  const member = (inner: string) => `<member>${inner}</member>`;
  const taken = outcomes.filter(({ refusal }) => !refusal);
  const successful = taken.map(({ id, messageId }) =>
    member(`<Id>${id}</Id><MessageId>${messageId}</MessageId>`),
  );
  const failed = outcomes.flatMap(({ id, refusal }) =>
    refusal
      ? member(
          `<Id>${id}</Id><Code>${refusal.code}</Code><Message>${xml.escapeXml(refusal.message)}</Message><SenderFault>true</SenderFault>`,
        )
      : [],
  );
  return `<Successful>${successful.join('')}</Successful><Failed>${failed.join('')}</Failed>`;
}

function refuse(fault: Fault | undefined): void {
  if (fault) throw new SnsError(fault.code, fault.message);
}

const ofTopic =
  (original: SnsHandler): SnsHandler =>
  (params, sns, sqs, request) => {
    refuse(topicArnFault(params));
    return original(params, sns, sqs, request);
  };

const checkedSqs =
  (original: SqsHandler): SqsHandler =>
  (body, store, request) => {
    const fault = sqsFault(body as SqsRequest);
    if (fault) throw new SqsError(fault.code, fault.message);
    return original(body, store, request);
  };

const ofStandardQueue =
  (original: SqsHandler): SqsHandler =>
  (body, store, request) =>
    (body.QueueUrl.endsWith('.fifo') ? original : checkedSqs(original))(body, store, request);

/** Refuses the subscriptions and filter policies that SNS refuses. */
const checked =
  (original: SnsHandler): SnsHandler =>
  (params, sns, sqs, request) => {
    const given = givenAttributes(params);
    refuse(subscriptionFault(params, given));
    const known = sns.getSubscription(params.SubscriptionArn ?? '')?.attributes;
    const { FilterPolicy: policy = '', FilterPolicyScope: scope } = { ...known, ...given };
    const fault =
      policy === ''
        ? undefined
        : policyFault(policy, scope === 'MessageBody' ? scope : 'MessageAttributes');
    const place = params.AttributeName === undefined ? 'Attributes Reason: ' : '';
    if (fault !== undefined && 'FilterPolicy' in given)
      throw new SnsError('InvalidParameter', `Invalid parameter: ${place}FilterPolicy: ${fault}`);
    return original(params, sns, sqs, request);
  };

function givenAttributes(params: Params): Partial<Params> {
  const { AttributeName: name, AttributeValue: value } = params;
  if (name !== undefined) return { [name]: value };
  const keys = Object.entries(params).filter(([at]) => /^Attributes\.entry\.\d+\.key$/.test(at));
  return Object.fromEntries(keys.map(([at, key]) => [key, params[at.replace(/key$/, 'value')]]));
}

const sentBy = new WeakMap<object, Sent>();

const keepingSent =
  (original: SqsHandler): SqsHandler =>
  (body, store, request) => {
    for (const sent of body.Entries ?? [body]) {
      checkSystemAttributes(sent);
      sent.MessageAttributes ??= {};
      sentBy.set(sent.MessageAttributes, sent);
    }
    return original(body, store, request);
  };

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
function checkSystemAttributes({ MessageSystemAttributes: attributes = {} }: Sent): void {
  for (const [name, { DataType: type }] of Object.entries(attributes)) {
    if (name !== 'AWSTraceHeader')
      throw new SqsError(
        'InvalidParameterValue',
        `Message system attribute name '${name}' is invalid.`,
      );
    if (type !== 'String')
      throw new SqsError(
        'InvalidParameterValue',
        `The message system attribute 'AWSTraceHeader' must be of type String.`,
      );
  }
}

function keepMessages(): void {
  SqsStore.createMessage = (...given: Parameters<Stores['createMessage']>) => {
    const message: Kept = createMessage(...given);
    const { MessageGroupId: group, MessageSystemAttributes: system } = sentBy.get(given[1]) ?? {};
    if (group !== undefined) message.messageGroupId ??= group;
    message.traceHeader = system?.AWSTraceHeader?.StringValue;
    return message;
  };
  const { enqueue } = SqsQueue.prototype as { enqueue(message: Kept): void };
  SqsQueue.prototype.enqueue = function enqueueKept(this: { arn: string }, message: Kept): void {
    if (message.queueArn !== undefined && message.queueArn !== this.arn)
      message.deadLetterSourceArn = message.queueArn;
    message.queueArn = this.arn;
    Reflect.apply(enqueue, this, [message]);
  };
}

/** On disk it would write no count of receives, which its own schema refuses: the message would be lost until a restart. */
function showAgain(): void {
  const { PersistenceManager } = persistence as { PersistenceManager: { prototype: Persistence } };
  PersistenceManager.prototype.updateMessageReady = function updateMessageReady(messageId) {
    this.db
      .prepare(
        'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
      )
      .run(messageId);
  };
}

const tellingKept =
  (original: SqsHandler): SqsHandler =>
  async (body, store, request) => {
    const answer = (await original(body, store, request)) as { Messages?: Received[] };
    const asked = [...(body.AttributeNames ?? []), ...(body.MessageSystemAttributeNames ?? [])];
    const inFlight = store.getQueue(body.QueueUrl)?.inflightMessages;
    for (const received of answer.Messages ?? []) {
      const message = inFlight?.get(received.ReceiptHandle)?.message;
      const kept = {
        AWSTraceHeader: message?.traceHeader,
        DeadLetterQueueSourceArn: message?.deadLetterSourceArn,
      };
      for (const [name, value] of Object.entries(kept))
        if (value !== undefined && (asked.includes('All') || asked.includes(name)))
          received.Attributes = { ...received.Attributes, [name]: value };
    }
    return answer;
  };

/** Of those alone the code has a prefix: https://github.com/boto/botocore/blob/develop/botocore/data/sqs/2012-11-05/service-2.json */
const PREFIXED =
  /^(BatchEntryIdsNotDistinct|BatchRequestTooLong|EmptyBatchRequest|InvalidBatchEntryId|MessageNotInflight|NonExistentQueue|PurgeQueueInProgress|QueueDeletedRecently|TooManyEntriesInBatchRequest|UnsupportedOperation)$/;

function nameErrors(): void {
  Object.defineProperty(SqsError.prototype, 'queryErrorHeader', {
    get(this: { queryCode: string; senderFault: boolean }) {
      const prefix = PREFIXED.test(this.queryCode) ? 'AWS.SimpleQueueService.' : '';
      const code = this.queryCode.replace(/^QueueNameExists$/, 'QueueAlreadyExists');
      return `${prefix}${code};${this.senderFault ? 'Sender' : 'Receiver'}`;
    },
  });
}
