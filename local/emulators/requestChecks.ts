type Params = Partial<Record<string, string>>;

/** What a service has against a request, as it says it. */
export interface Fault {
  code: string;
  message: string;
  statusCode?: number;
}

interface Entry {
  Id?: string;
  MessageBody?: string;
  MessageGroupId?: string;
  MessageAttributes?: Record<
    string,
    { DataType?: string; StringValue?: string; BinaryValue?: string }
  >;
}
export interface SqsRequest extends Entry {
  Entries?: Entry[];
  Attributes?: Record<string, string>;
  MaxNumberOfMessages?: number;
}

const LARGEST_BYTES = 1_048_576;
const GROUP_ID = /^[\x21-\x7e]{1,128}$/;
const ENTRY_ID = /^[\w-]{1,80}$/;
const sqsInvalid = (message: string): Fault => ({ code: 'InvalidParameterValue', message });

/** What SQS refuses and the emulator underneath takes, or words otherwise. */
export function sqsFault(request: SqsRequest): Fault | undefined {
  const { Entries: entries, MaxNumberOfMessages: count } = request;
  if (count !== undefined && (count < 1 || count > 10))
    return sqsInvalid(
      `Value ${count} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
    );
  if (request.Attributes && 'FifoQueue' in request.Attributes)
    return { code: 'InvalidAttributeName', message: 'Unknown Attribute FifoQueue.' };
  const batch = entries && batchFault(entries);
  return batch ?? firstOf(entries ?? [request], entryFault);
}

function batchFault(entries: Entry[]): Fault | undefined {
  if (entries.length > 10)
    return {
      code: 'TooManyEntriesInBatchRequest',
      message: `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    };
  if (entries.some(({ Id = '' }) => !ENTRY_ID.test(Id)))
    return {
      code: 'InvalidBatchEntryId',
      message:
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    };
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes <= LARGEST_BYTES) return undefined;
  return {
    code: 'BatchRequestTooLong',
    message: `Batch requests cannot be longer than ${LARGEST_BYTES} bytes. You have sent ${bytes} bytes.`,
  };
}

const sizeOf = ({ MessageBody = '', MessageAttributes = {} }: Entry): number =>
  Object.entries(MessageAttributes).reduce(
    (sum, [name, { DataType = '', StringValue = '', BinaryValue = '' }]) =>
      sum +
      Buffer.byteLength(name + DataType + StringValue) +
      Buffer.byteLength(BinaryValue, 'base64'),
    Buffer.byteLength(MessageBody),
  );

function entryFault({ MessageGroupId: group, MessageAttributes = {} }: Entry): Fault | undefined {
  if (group !== undefined && !GROUP_ID.test(group))
    return sqsInvalid(
      `Value ${group} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
  const [empty, attribute] =
    Object.entries(MessageAttributes).find(
      ([, { StringValue, BinaryValue }]) => !StringValue && !BinaryValue,
    ) ?? [];
  if (empty === undefined) return undefined;
  const type = attribute?.DataType ?? '';
  return sqsInvalid(
    `Message (user) attribute '${empty}' must contain a non-empty value of type '${type}'.`,
  );
}

function firstOf<T>(items: T[], faultOf: (item: T) => Fault | undefined): Fault | undefined {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault) return fault;
  }
  return undefined;
}

const invalid = (reason: string): Fault => ({
  code: 'InvalidParameter',
  message: `Invalid parameter: ${reason}`,
});

/** What SNS refuses of a topic's ARN before it looks for the topic. */
export function topicArnFault({ TopicArn: arn }: Params): Fault | undefined {
  const parts = arn?.split(':').length ?? 6;
  return parts < 6
    ? invalid(`TopicArn Reason: An ARN must have at least 6 elements, not ${parts}`)
    : undefined;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html */
const PROTOCOLS = /^(http|https|email|email-json|sms|sqs|application|lambda|firehose)$/;
const ATTRIBUTES =
  /^(DeliveryPolicy|FilterPolicy|FilterPolicyScope|RawMessageDelivery|RedrivePolicy|SubscriptionRoleArn|ReplayPolicy|ReplayStatus)$/;

/** Of a subscription that is made, or of one attribute of it that is changed. */
export function subscriptionFault(
  { Protocol: protocol, Endpoint: endpoint = '', AttributeName: changed }: Params,
  attributes: Params,
): Fault | undefined {
  if (protocol !== undefined && !PROTOCOLS.test(protocol))
    return invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  if (protocol === 'sqs' && !endpoint.startsWith('arn:')) return invalid('SQS endpoint ARN');
  if (changed !== undefined && !ATTRIBUTES.test(changed)) return invalid('AttributeName');
  const prefix = changed === undefined ? 'Attributes Reason: ' : '';
  const { RawMessageDelivery: raw, RedrivePolicy: redrive } = attributes;
  if (raw !== undefined && !/^(true|false)$/i.test(raw))
    return invalid(`${prefix}RawMessageDelivery: Invalid value [${raw}]. Must be true or false.`);
  const target = /"deadLetterTargetArn"\s*:\s*"([^"]*)"/.exec(redrive ?? '')?.[1];
  if (target !== undefined && !target.startsWith('arn:'))
    return invalid(`${prefix}RedrivePolicy: deadLetterTargetArn is an invalid arn`);
  return undefined;
}

const TYPE = /^(String|Number|Binary)(\.|$)/;
const LONGEST_NAME = 256;

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html */
export function attributeFault(
  name: string,
  type: string,
  text: string | undefined,
  bytes: string | undefined,
): Fault | undefined {
  const fault = (message: string): Fault => ({ code: 'ParameterValueInvalid', message });
  if (Buffer.byteLength(name) > LONGEST_NAME)
    return fault('Length of message attribute name must be less than 256 bytes.');
  if (name.startsWith('.'))
    return fault(`Invalid message attribute name starting with character '.' was found.`);
  const odd = /[^\w.-]/.exec(name)?.[0];
  if (odd !== undefined)
    return fault(
      `Invalid non-alphanumeric character '#x${odd.charCodeAt(0).toString(16).toUpperCase()}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  const kind = TYPE.exec(type)?.[1];
  if (kind === undefined)
    return fault(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  const [value, other, field] =
    kind === 'Binary' ? [bytes, text, 'Binary'] : [text, bytes, 'String'];
  if (value === undefined && other !== undefined)
    return fault(`The message attribute '${name}' with type '${type}' must use field '${field}'.`);
  if (value === undefined || value === '')
    return fault(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
  return undefined;
}
