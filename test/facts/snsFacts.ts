import { sns } from './calls.ts';
import { type Fact, type Refusal, recording, refusal, type World } from './fact.ts';

const invalid = (reason: string) =>
  refusal(400, 'InvalidParameter', `Invalid parameter: ${reason}`);
const NO_TOPIC = refusal(404, 'NotFound', 'Topic does not exist');
const elsewhere = 'arn:aws:sns:us-east-1:000000000000:none';

const publish = (parameters: Record<string, string>) =>
  sns('Publish', ({ topicArn }) => ({ TopicArn: topicArn, Message: 'a', ...parameters }));
const withAttribute = (type: string | undefined, value: Record<string, string>, name = 'attr1') =>
  publish({
    'MessageAttributes.entry.1.Name': name,
    ...(type !== undefined && { 'MessageAttributes.entry.1.Value.DataType': type }),
    ...Object.fromEntries(
      Object.entries(value).map(([key, text]) => [`MessageAttributes.entry.1.Value.${key}`, text]),
    ),
  });
const batch = (entries: Record<string, string>[], topic?: string) =>
  sns('PublishBatch', ({ topicArn }) => ({
    TopicArn: topic ?? topicArn,
    ...Object.fromEntries(
      entries.flatMap((entry, index) =>
        Object.entries(entry).map(([name, value]) => [
          `PublishBatchRequestEntries.member.${index + 1}.${name}`,
          value,
        ]),
      ),
    ),
  }));
const subscribe = (parameters: Record<string, string>) =>
  sns('Subscribe', ({ topicArn, queueArn }) => ({
    TopicArn: topicArn,
    Protocol: 'sqs',
    Endpoint: queueArn,
    ...parameters,
  }));
const attribute = (name: string, value: string) => ({
  'Attributes.entry.1.key': name,
  'Attributes.entry.1.value': value,
});
const setAttribute = (AttributeName: string, AttributeValue: string) =>
  sns('SetSubscriptionAttributes', ({ subscriptionArn }) => ({
    SubscriptionArn: subscriptionArn,
    AttributeName,
    AttributeValue,
  }));
const badValue = (message: string) => refusal(400, 'ParameterValueInvalid', message);

const facts: [fact: string, ask: Fact['ask'], answer: unknown][] = [
  [
    'a topic that is not there has no attributes',
    sns('GetTopicAttributes', () => ({ TopicArn: elsewhere })),
    NO_TOPIC,
  ],
  [
    'an ARN of one part is none',
    sns('GetTopicAttributes', () => ({ TopicArn: 'none' })),
    invalid('TopicArn Reason: An ARN must have at least 6 elements, not 1'),
  ],
  [
    'nothing is published to an ARN of one part',
    publish({ TopicArn: 'randomstring' }),
    invalid('TopicArn Reason: An ARN must have at least 6 elements, not 1'),
  ],
  [
    'nothing is published to an ARN of two parts',
    publish({ TopicArn: 'randomstring:1' }),
    invalid('TopicArn Reason: An ARN must have at least 6 elements, not 2'),
  ],
  ['nothing is published to a topic that is not there', publish({ TopicArn: elsewhere }), NO_TOPIC],
  ['a subject is not empty', publish({ Subject: '' }), invalid('Subject')],
  ['a message is not empty', publish({ Message: '' }), invalid('Empty message')],
  [
    'a message is 256 KiB at most',
    publish({ Message: 'a'.repeat(262_145) }),
    invalid('Message too long'),
  ],
  [
    'a message by protocol has a default',
    publish({ MessageStructure: 'json', Message: '{"sqs":"a"}' }),
    invalid('Message Structure - No default entry in JSON message body'),
  ],
  [
    'a message by protocol is JSON',
    publish({ MessageStructure: 'json', Message: '{"default": "a"' }),
    invalid('Message Structure - JSON message body failed to parse'),
  ],
  [
    'the default of a message by protocol is a text',
    publish({ MessageStructure: 'json', Message: '{"default": {"a":"b"}}' }),
    invalid('Message Structure - No default entry in JSON message body'),
  ],
  [
    'a protocol is one of those that are known',
    subscribe({ Protocol: 'test-protocol' }),
    invalid('Amazon SNS does not support this protocol string: test-protocol'),
  ],
  [
    'a queue is subscribed by its ARN',
    sns('Subscribe', ({ topicArn, queueUrl }) => ({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueUrl,
    })),
    invalid('SQS endpoint ARN'),
  ],
  [
    'raw delivery is true or false',
    subscribe(attribute('RawMessageDelivery', 'wrongvalue')),
    invalid(
      'Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.',
    ),
  ],
  [
    'a subscription that is not there has no attributes',
    sns('GetSubscriptionAttributes', ({ subscriptionArn }) => ({
      SubscriptionArn: subscriptionArn.replace(/[^:]+$/, '00000000-0000-0000-0000-000000000000'),
    })),
    refusal(404, 'NotFound', 'Subscription does not exist'),
  ],
  [
    'an attribute of a subscription is one of those that are known',
    setAttribute('FakeAttribute', 'a'),
    invalid('AttributeName'),
  ],
  [
    'raw delivery is set to true or false',
    setAttribute('RawMessageDelivery', 'test-ValUe'),
    invalid('RawMessageDelivery: Invalid value [test-ValUe]. Must be true or false.'),
  ],
  [
    'a redrive policy names a queue by its ARN',
    setAttribute('RedrivePolicy', '{"deadLetterTargetArn":"fake-arn"}'),
    invalid('RedrivePolicy: deadLetterTargetArn is an invalid arn'),
  ],
  [
    'a batch to a topic that is not there is refused',
    batch([{ Id: '1', Message: 'a' }], elsewhere),
    NO_TOPIC,
  ],
  [
    'eleven messages are not published at once',
    batch(Array.from({ length: 11 }, (_, index) => ({ Id: `${index}`, Message: 'a' }))),
    refusal(
      400,
      'TooManyEntriesInBatchRequest',
      'The batch request contains more entries than permissible.',
    ),
  ],
  [
    'the ids of a batch differ',
    batch([
      { Id: '1', Message: 'a' },
      { Id: '1', Message: 'b' },
    ]),
    refusal(
      400,
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    ),
  ],
  [
    'an attribute that is a text is not empty',
    withAttribute('String', { StringValue: '' }),
    badValue(
      "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
    ),
  ],
  [
    'an attribute has a value',
    withAttribute('String', {}),
    badValue(
      "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
    ),
  ],
  [
    'an attribute of bytes is not empty',
    withAttribute('Binary', { BinaryValue: '' }),
    badValue(
      "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'Binary'.",
    ),
  ],
  [
    'an attribute that is a text has no bytes',
    withAttribute('String', { BinaryValue: 'YQ==' }),
    badValue("The message attribute 'attr1' with type 'String' must use field 'String'."),
  ],
  [
    'an attribute that is a number has no bytes',
    withAttribute('Number', { BinaryValue: 'YQ==' }),
    badValue("The message attribute 'attr1' with type 'Number' must use field 'String'."),
  ],
  [
    'an attribute of bytes has no text',
    withAttribute('Binary', { StringValue: 'a' }),
    badValue("The message attribute 'attr1' with type 'Binary' must use field 'Binary'."),
  ],
  [
    'the type of an attribute is one of three',
    withAttribute('InvalidType', { StringValue: 'a' }),
    badValue(
      "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    ),
  ],
  [
    'the name of an attribute is shorter than 256 bytes',
    withAttribute('String', { StringValue: 'a' }, 'a'.repeat(257)),
    badValue('Length of message attribute name must be less than 256 bytes.'),
  ],
  [
    'the name of an attribute has no accent',
    withAttribute('String', { StringValue: 'a' }, 'a^'),
    badValue(
      "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
    ),
  ],
  [
    'the name of an attribute does not begin with a dot',
    withAttribute('String', { StringValue: 'a' }, '.attr'),
    badValue("Invalid message attribute name starting with character '.' was found."),
  ],
];

const REFUSED_POLICIES = [
  '{"key":[["value"]]}',
  '{"key":[{"wrong-operator":true}]}',
  '{"key":[{"suffix":"value","prefix":"value2"}]}',
  '{"key":[]}',
  '{"key":[{"suffix":100}]}',
  '{"key":[{"suffix":null}]}',
  '{"key":{"suffix":"value"}}',
  '{"key":[{"suffix":[]}]}',
  '{"key":[{"cidr":["bad-filter"]}]}',
  '{"key":[{"cidr":"bad-filter"}]}',
  '{"key":[{"numeric":[]}]}',
  '{"key":[{"numeric":["operator"]}]}',
  '{"key":[{"numeric":[1,"<="]}]}',
  '{"key":[{"numeric":["=","000"]}]}',
  '{"key":[{"numeric":[">="]}]}',
];

/** The words of AWS's parser after it are its own. */
const isRefused = async (policy: string, world: World) => {
  const answer = (await subscribe(attribute('FilterPolicy', policy))(world)) as Refusal;
  return { ...answer, message: answer.message?.replace(/(?<=FilterPolicy: ).+/, '') };
};

export const SNS_FACTS: Fact[] = [
  ...facts.map(([fact, ask, answer]) => ({
    fact: `SNS: ${fact}`,
    source: recording('sns/test_sns'),
    ask,
    answer,
  })),
  ...REFUSED_POLICIES.map((policy) => ({
    fact: `SNS: the filter policy ${policy} is refused`,
    source: recording('sns/test_sns_filter_policy'),
    ask: (world: World) => isRefused(policy, world),
    answer: invalid('Attributes Reason: FilterPolicy: '),
  })),
];
