import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { queueDepth } from '../reconciliation/messageReader.ts';
import type { Stage } from '../stage.ts';
import { type DeadLetter, readDeadLetter } from './deadLetter.ts';

/**
 * A short poll may overlook messages on AWS; an emulator's does not. A letter that was received is nobody else's for
 * `holdSeconds`; after that, whoever held it may be gone. Tests are less patient.
 */
export const poll = { seconds: 1, holdSeconds: 60 };
/** By then a letter is there again, however late the queue notices. */
export const longestHoldMs = (): number => (poll.holdSeconds + 5) * 1000;
const BATCH = 10;
const RECEIVERS = 4;

/** One of the stage's dead-letter queues. SQS shows a message only to whoever receives it. */
export class DeadLetterQueue {
  readonly #stage: Stage;
  readonly #url: string;
  /** The latest receipt of each message. */
  readonly #held = new Map<string, string>();

  constructor(stage: Stage, url: string) {
    this.#stage = stage;
    this.#url = url;
  }

  get name(): string {
    return this.#url.split('/').at(-1) ?? '';
  }

  /** Letters that were not received before; none when there seem to be no more of them now. */
  async receive(signal?: AbortSignal): Promise<DeadLetter[]> {
    const batches = await Promise.all(
      Array.from({ length: RECEIVERS }, () => this.#receiveBatch(signal)),
    );
    return batches.flat().flatMap((message) => this.#hold(message));
  }

  async delete({ messageId }: DeadLetter): Promise<void> {
    const ReceiptHandle = this.#held.get(messageId);
    await this.#send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle }));
    this.#held.delete(messageId);
  }

  /** How many letters others have received, who may be gone. An approximate number, as all of SQS's. */
  async heldByOthers(): Promise<number> {
    const { inFlight } = await queueDepth(this.#stage.clients.sqs, this.#url);
    return Math.max(0, inFlight - this.#held.size);
  }

  /** Shows everything that is held, and not deleted, to others again. What fails comes back by itself. */
  async release(): Promise<void> {
    const receipts = [...this.#held.values()];
    this.#held.clear();
    for (let from = 0; from < receipts.length; from += BATCH) {
      const Entries = receipts.slice(from, from + BATCH).map((ReceiptHandle, index) => ({
        ...{ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 },
      }));
      const release = { QueueUrl: this.#url, Entries };
      await this.#send(new ChangeMessageVisibilityBatchCommand(release)).catch(() => {});
    }
  }

  get #send() {
    const { sqs } = this.#stage.clients;
    return sqs.send.bind(sqs);
  }

  async #receiveBatch(abortSignal?: AbortSignal): Promise<Message[]> {
    const receive = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: BATCH,
      VisibilityTimeout: poll.holdSeconds,
      WaitTimeSeconds: poll.seconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['SentTimestamp'],
    });
    const { Messages = [] } = await this.#send(receive, abortSignal && { abortSignal });
    return Messages;
  }

  #hold(message: Message): DeadLetter[] {
    const { MessageId: messageId = '', Body: body = '', ReceiptHandle: receipt = '' } = message;
    const isNew = !this.#held.has(messageId);
    this.#held.set(messageId, receipt);
    const sentTimestamp = Number(message.Attributes?.SentTimestamp ?? 0);
    const { MessageAttributes: messageAttributes } = message;
    const read = { messageId, body, messageAttributes, sentTimestamp };
    return isNew ? [readDeadLetter(this.name, read)] : [];
  }
}

export const deadLetterQueues = (stage: Stage): DeadLetterQueue[] =>
  [stage.outputs.OrderDeadLetterQueueUrl, stage.outputs.DirectDeadLetterQueueUrl].map(
    (url) => new DeadLetterQueue(stage, url),
  );
