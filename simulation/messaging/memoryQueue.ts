import type { Clock } from '../../local/clock.ts';
import type {
  MessageAttribute,
  QueueClient,
  QueueMessage,
} from '../../local/lambda/eventSourceMappings/queueClient.ts';
import { Fifo } from './fifo.ts';

export interface QueueOptions {
  arn: string;
  clock: Clock;
  visibilitySeconds: number;
  /** After so many receives a message goes to the dead-letter queue. */
  redrive?: { maxReceiveCount: number; deadLetters: MemoryQueue };
  /** A message has been deleted by whoever received it. */
  onDelete?: (body: string, receiptHandle: string) => void;
}

interface Stored {
  id: string;
  body: string;
  attributes: Record<string, MessageAttribute>;
  sentAt: number;
  firstReceivedAt: number;
  receives: number;
  /** In sight, in somebody's hand, or gone. */
  state: 'visible' | 'inFlight' | 'gone';
  /** The receive that it was in last. */
  receive: Receive | undefined;
}

/** What comes back into sight together. */
interface Receive {
  timer: unknown;
  /** Not deleted yet. */
  left: number;
}

/** A standard queue of SQS in memory: visibility, receive counts, long polls, redrive. Nothing it does takes longer with its length. */
export class MemoryQueue implements QueueClient {
  readonly arn: string;
  /** As SetQueueAttributes changes it: for what is received from then on. */
  visibility: number;
  readonly #options: QueueOptions;
  readonly #visible = new Fifo<Stored>();
  readonly #inHand = new Map<string, Stored>();
  readonly #polls = new Fifo<() => void>();
  #sent = 0;
  #visibleCount = 0;

  constructor(options: QueueOptions) {
    this.arn = options.arn;
    this.visibility = options.visibilitySeconds;
    this.#options = options;
  }

  /** `ApproximateNumberOfMessages` */
  get visible(): number {
    return this.#visibleCount;
  }

  /** `ApproximateNumberOfMessagesNotVisible` */
  get inFlight(): number {
    return this.#inHand.size;
  }

  /** Somebody polls for a message. */
  get isPolled(): boolean {
    return !this.#polls.isEmpty;
  }

  /** Whether it is out of sight by this receive. */
  isInHand(receiptHandle: string): boolean {
    return this.#inHand.has(receiptHandle);
  }

  /** Bodies of all messages, in sight or not. */
  *bodies(): Generator<string> {
    for (const { body } of this.#inHand.values()) yield body;
    for (const { body, state } of this.#visible) if (state === 'visible') yield body;
  }

  send(body: string, attributes: Record<string, MessageAttribute> = {}): void {
    const id = `m${++this.#sent}`;
    const sentAt = this.#options.clock.now();
    this.#show({ id, body, attributes, sentAt, ...NEW });
  }

  async receive(
    maximum: number,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<QueueMessage[]> {
    if (this.#visibleCount === 0 && waitSeconds > 0) await this.#arrival(waitSeconds, signal);
    const taken: Stored[] = [];
    while (taken.length < maximum) {
      const next = this.#visible.shift();
      if (next === undefined) break;
      if (next.state === 'visible' && !this.#redrive(next)) taken.push(next);
    }
    return taken.length === 0 ? [] : this.#hide(taken);
  }

  /** A handle of an earlier receive takes nothing away. */
  async deleteBatch(receiptHandles: string[]): Promise<void> {
    for (const handle of receiptHandles) {
      const stored = this.#inHand.get(handle);
      if (stored === undefined) continue;
      this.#inHand.delete(handle);
      stored.state = 'gone';
      this.#forget(stored);
      this.#options.onDelete?.(stored.body, handle);
    }
  }

  async visibilitySeconds(): Promise<number> {
    return this.visibility;
  }

  #show(stored: Stored): void {
    stored.state = 'visible';
    this.#visibleCount += 1;
    this.#visible.push(stored);
    this.#polls.shift()?.();
  }

  /** Out of sight for all of the visibility timeout, then back with whatever was not deleted. */
  #hide(taken: Stored[]): QueueMessage[] {
    const { clock } = this.#options;
    const now = clock.now();
    const messages = taken.map((stored) => {
      stored.state = 'inFlight';
      stored.receives += 1;
      stored.firstReceivedAt ||= now;
      const message = messageOf(stored);
      this.#inHand.set(message.receiptHandle, stored);
      return message;
    });
    this.#visibleCount -= taken.length;
    const reappear = () => this.#reappear(messages.map(({ receiptHandle }) => receiptHandle));
    const timer = clock.setTimeout(reappear, this.visibility * 1000);
    const receive = { timer, left: taken.length };
    for (const stored of taken) stored.receive = receive;
    return messages;
  }

  /** Where nothing of a receive is left, nothing of it will reappear. */
  #forget({ receive }: Stored): void {
    if (receive === undefined) return;
    receive.left -= 1;
    if (receive.left === 0) this.#options.clock.clearTimeout(receive.timer);
  }

  #reappear(handles: string[]): void {
    for (const handle of handles) {
      const stored = this.#inHand.get(handle);
      if (stored === undefined) continue;
      this.#inHand.delete(handle);
      this.#show(stored);
    }
  }

  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html */
  #redrive(stored: Stored): boolean {
    const { redrive } = this.#options;
    if (redrive === undefined || stored.receives < redrive.maxReceiveCount) return false;
    stored.state = 'gone';
    this.#visibleCount -= 1;
    redrive.deadLetters.send(stored.body, stored.attributes);
    return true;
  }

  #arrival(waitSeconds: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const done = () => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#polls.remove(done);
        resolve();
      };
      const timer = clock.setTimeout(done, waitSeconds * 1000);
      signal.addEventListener('abort', done, { once: true });
      this.#polls.push(done);
    });
  }
}

const NEW = {
  ...{ firstReceivedAt: 0, receives: 0 },
  ...{ state: 'visible' as const, receive: undefined },
};

function messageOf(stored: Stored): QueueMessage {
  const { id, body, sentAt, firstReceivedAt, receives, attributes } = stored;
  return {
    messageId: id,
    receiptHandle: `${id}.${receives}`,
    body,
    md5OfBody: '',
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
    },
    messageAttributes: attributes,
  };
}
