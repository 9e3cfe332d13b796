import { sqs } from './calls.ts';
import { type Fact, recording, refusal } from './fact.ts';

const source = recording('sqs/test_sqs');
const MIB = 1_048_576;
const ENTRY_ID =
  'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
const TOO_MANY = refusal(
  400,
  'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  'Maximum number of entries per request are 10. You have sent 20.',
);
const entries = (count: number, rest: object) =>
  Array.from({ length: count }, (_, index) => ({ Id: `id-${index}`, ...rest }));
const invalid = (message: string) => refusal(400, 'InvalidParameterValue', message);
const groupId = (value: string) =>
  invalid(
    `Value ${value} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );

const facts: [fact: string, ask: Fact['ask'], answer: unknown][] = [
  [
    'eleven messages cannot be received at once',
    sqs('ReceiveMessage', () => ({ MaxNumberOfMessages: 11 })),
    invalid(
      'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    ),
  ],
  [
    'a receive waits 20 seconds at most',
    sqs('ReceiveMessage', () => ({ WaitTimeSeconds: 21 })),
    invalid(
      'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
    ),
  ],
  [
    'a receive does not wait less than nothing',
    sqs('ReceiveMessage', () => ({ WaitTimeSeconds: -1 })),
    invalid(
      'Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
    ),
  ],
  [
    'a message is 1 MiB at most',
    sqs('SendMessage', () => ({ MessageBody: 'a'.repeat(MIB + 1) })),
    invalid(
      'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
    ),
  ],
  [
    'a message is not empty',
    sqs('SendMessage', () => ({ MessageBody: '' })),
    refusal(400, 'MissingParameter', 'The request must contain the parameter MessageBody.'),
  ],
  [
    'an attribute is not empty',
    sqs('SendMessage', () => ({
      MessageBody: 'a',
      MessageAttributes: { ErrorDetails: { DataType: 'String', StringValue: '' } },
    })),
    invalid(
      "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
    ),
  ],
  [
    'a group of a standard queue is not empty',
    sqs('SendMessage', () => ({ MessageBody: 'a', MessageGroupId: '' })),
    groupId(''),
  ],
  [
    'a group has no space',
    sqs('SendMessage', () => ({ MessageBody: 'a', MessageGroupId: 'group 123' })),
    groupId('group 123'),
  ],
  [
    'a group is 128 characters at most',
    sqs('SendMessage', () => ({ MessageBody: 'a', MessageGroupId: 'a'.repeat(129) })),
    groupId('a'.repeat(129)),
  ],
  [
    'a batch is 1 MiB at most',
    sqs('SendMessageBatch', () => ({
      Entries: [
        { Id: '1', MessageBody: 'a'.repeat(MIB) },
        { Id: '2', MessageBody: 'a' },
      ],
    })),
    refusal(
      400,
      'AWS.SimpleQueueService.BatchRequestTooLong',
      'Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
    ),
  ],
  [
    'twenty messages are not sent at once',
    sqs('SendMessageBatch', () => ({ Entries: entries(20, { MessageBody: 'a' }) })),
    TOO_MANY,
  ],
  [
    'twenty messages are not deleted at once',
    sqs('DeleteMessageBatch', () => ({ Entries: entries(20, { ReceiptHandle: 'a' }) })),
    TOO_MANY,
  ],
  [
    'the visibility of twenty messages is not changed at once',
    sqs('ChangeMessageVisibilityBatch', () => ({
      Entries: entries(20, { ReceiptHandle: 'a', VisibilityTimeout: 1 }),
    })),
    TOO_MANY,
  ],
  [
    'the id of an entry that is sent has no colon',
    sqs('SendMessageBatch', () => ({ Entries: [{ Id: 'invalid:id', MessageBody: 'a' }] })),
    refusal(400, 'AWS.SimpleQueueService.InvalidBatchEntryId', ENTRY_ID),
  ],
  [
    'the id of an entry that is deleted has no colon',
    sqs('DeleteMessageBatch', () => ({ Entries: [{ Id: 'invalid:id', ReceiptHandle: 'a' }] })),
    refusal(400, 'AWS.SimpleQueueService.InvalidBatchEntryId', ENTRY_ID),
  ],
  [
    'the id of an entry is not empty',
    sqs('DeleteMessageBatch', () => ({ Entries: [{ Id: '', ReceiptHandle: 'a' }] })),
    refusal(400, 'AWS.SimpleQueueService.InvalidBatchEntryId', ENTRY_ID),
  ],
  [
    'the id of an entry is 80 characters at most',
    sqs('DeleteMessageBatch', () => ({
      Entries: [{ Id: 'testLongId'.repeat(10), ReceiptHandle: 'a' }],
    })),
    refusal(400, 'AWS.SimpleQueueService.InvalidBatchEntryId', ENTRY_ID),
  ],
  [
    'a queue that is not there has no attributes',
    sqs('GetQueueAttributes', ({ queueUrl }) => ({ QueueUrl: queueUrl.replace(/[^/]+$/, 'none') })),
    refusal(400, 'AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'),
  ],
  [
    'a queue that is not there has no URL',
    sqs('GetQueueUrl', () => ({ QueueName: 'none' })),
    refusal(400, 'AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'),
  ],
  [
    'a standard queue is not made FIFO',
    sqs('SetQueueAttributes', () => ({ Attributes: { FifoQueue: 'true' } })),
    refusal(400, 'InvalidAttributeName', 'Unknown Attribute FifoQueue.'),
  ],
  [
    'a queue is not made again with another delay',
    sqs('CreateQueue', ({ queueUrl }) => ({
      QueueName: queueUrl.split('/').at(-1),
      Attributes: { DelaySeconds: '7' },
    })),
    refusal(
      400,
      'QueueAlreadyExists',
      'A queue already exists with the same name and a different value for attribute DelaySeconds',
    ),
  ],
];

export const SQS_FACTS: Fact[] = facts.map(([fact, ask, answer]) => ({
  fact: `SQS: ${fact}`,
  source,
  ask,
  answer,
}));
