import type { QueueClient, QueueMessage } from '../eventSourceMappings/queueClient.ts';
import type { ManualClock } from './manualClock.ts';

interface Stored {
  message: QueueMessage;
  visibleAt: number;
}

/** A queue on a test's clock: visibility, receive counts, long polls. */
export class FakeQueue implements QueueClient {
  readonly #clock: ManualClock;
  /** As SetQueueAttributes changes it. */
  visibility: number;
  readonly #stored = new Map<string, Stored>();
  readonly deleted: string[] = [];
  receives = 0;
  /** So many of the next receives fail. */
  failures = 0;
  #sent = 0;
  #arrival: () => void = () => undefined;

  constructor(clock: ManualClock, visibilitySeconds = 30) {
    this.#clock = clock;
    this.visibility = visibilitySeconds;
  }

  send(...bodies: string[]): void {
    for (const body of bodies) {
      const id = `m${++this.#sent}`;
      const message: QueueMessage = {
        messageId: id,
        receiptHandle: `handle-${id}`,
        body,
        md5OfBody: 'md5',
        md5OfMessageAttributes: 'md5 of attributes',
        attributes: { ApproximateReceiveCount: '0', SentTimestamp: String(this.#clock.now()) },
        messageAttributes: { way: { dataType: 'String', stringValue: 'queued' } },
      };
      this.#stored.set(message.receiptHandle, { message, visibleAt: this.#clock.now() });
    }
    this.#arrival();
  }

  sendMany(count: number): void {
    this.send(...Array.from({ length: count }, (_, index) => `{"n":${index}}`));
  }

  get visible(): number {
    return this.#visibleNow().length;
  }

  /** Receive counts of the messages that are left. */
  get receiveCounts(): number[] {
    return [...this.#stored.values()].map(({ message }) => receiveCount(message));
  }

  async receive(
    maximum: number,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<QueueMessage[]> {
    this.receives += 1;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('no connection');
    }
    if (this.visible === 0 && waitSeconds > 0) {
      await new Promise<void>((resolve) => {
        this.#arrival = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
        this.#clock.setTimeout(resolve, waitSeconds * 1000);
      });
    }
    return this.#visibleNow()
      .slice(0, maximum)
      .map((stored) => {
        stored.visibleAt = this.#clock.now() + this.visibility * 1000;
        const { message } = stored;
        const ApproximateReceiveCount = String(receiveCount(message) + 1);
        stored.message = {
          ...message,
          attributes: { ...message.attributes, ApproximateReceiveCount },
        };
        return stored.message;
      });
  }

  async deleteBatch(receiptHandles: string[]): Promise<void> {
    for (const handle of receiptHandles) {
      const stored = this.#stored.get(handle);
      if (stored) this.deleted.push(stored.message.messageId);
      this.#stored.delete(handle);
    }
  }

  async visibilitySeconds(): Promise<number> {
    return this.visibility;
  }

  #visibleNow(): Stored[] {
    return [...this.#stored.values()].filter(({ visibleAt }) => visibleAt <= this.#clock.now());
  }
}

function receiveCount(message: QueueMessage): number {
  return Number(message.attributes.ApproximateReceiveCount);
}
