import type { MessageAttribute, QueueMessage } from './queueClient.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: a batch with its metadata fits 6 MB. */
const BATCH_LIMIT_BYTES = 6_291_456;
const ENVELOPE_BYTES = '{"Records":[]}'.length;

/** Messages on their way into one invocation. */
export class Batch {
  readonly messages: QueueMessage[] = [];
  /** When its first message was received. */
  receivedAt: number;
  readonly #records: string[] = [];
  readonly #queueArn: string;
  #bytes = ENVELOPE_BYTES;

  constructor(queueArn: string, receivedAt: number) {
    this.#queueArn = queueArn;
    this.receivedAt = receivedAt;
  }

  get size(): number {
    return this.messages.length;
  }

  /** False when the message does not fit any more. The first always does. */
  add(message: QueueMessage): boolean {
    const record = JSON.stringify(sqsRecord(message, this.#queueArn));
    const bytes = Buffer.byteLength(record) + 1;
    if (this.size > 0 && this.#bytes + bytes > BATCH_LIMIT_BYTES) return false;
    this.messages.push(message);
    this.#records.push(record);
    this.#bytes += bytes;
    return true;
  }

  get event(): string {
    return `{"Records":[${this.#records.join(',')}]}`;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export function sqsRecord(message: QueueMessage, queueArn: string) {
  return {
    ...message,
    messageAttributes: Object.fromEntries(
      Object.entries(message.messageAttributes).map(([name, value]) => [name, withLists(value)]),
    ),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3],
  };
}

function withLists(value: MessageAttribute) {
  return { ...value, stringListValues: [], binaryListValues: [] };
}

/**
 * The messages that the function's answer reports as failed.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function failedMessages(messages: QueueMessage[], payload: string): QueueMessage[] {
  const answer = JSON.parse(payload) as unknown;
  if (answer === null || answer === '') return [];
  if (typeof answer !== 'object') return messages;
  const { batchItemFailures } = answer as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return [];
  if (!Array.isArray(batchItemFailures)) return messages;
  if (batchItemFailures.length === 0) return [];
  const failedIds = new Set(
    batchItemFailures.map(
      (failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier,
    ),
  );
  // An identifier that is empty, missing or of no message in the batch makes the whole batch a failure.
  if (!failedIds.isSubsetOf(new Set(messages.map(({ messageId }) => messageId)))) return messages;
  return messages.filter(({ messageId }) => failedIds.has(messageId));
}
