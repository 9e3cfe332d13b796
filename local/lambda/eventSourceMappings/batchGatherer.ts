import { type Clock, sleep } from '../../clock.ts';
import type { EventSourceMappingModel } from '../../template/model.ts';
import { Batch } from './batch.ts';
import { matchesAny } from './filterCriteria.ts';
import type { QueueClient, QueueMessage } from './queueClient.ts';

/** AWS polls for up to 20 s; nobody can tell from outside, and a stop waits for the poll that is out. */
const POLL_SECONDS = 1;
export const RECEIVE_MAXIMUM = 10;
/** Between reads while a batch gathers. */
const GATHER_PAUSE_MS = 100;

interface GathererOptions {
  clock: Clock;
  client: QueueClient;
  /** As they are at this moment. */
  settings: () => Readonly<EventSourceMappingModel>;
  visibilityMs: () => Promise<number>;
  signal: AbortSignal;
  isStopped: () => boolean;
  counts: { receives: number; polled: number; filteredOut: number };
  /** Takes messages that no filter lets through. */
  onFilteredOut: (messages: QueueMessage[]) => void;
  onFault: (text: string) => void;
}

/** Reads a queue, and makes batches of what the filters let through. */
export class BatchGatherer {
  readonly #options: GathererOptions;
  /** Received, but not in a batch yet. */
  #carried: { messages: QueueMessage[]; receivedAt: number } = { messages: [], receivedAt: 0 };

  constructor(options: GathererOptions) {
    this.#options = options;
  }

  /** A batch that is full, or whose window (counted from its first message) is over; empty after an empty poll. */
  async gather(): Promise<Batch> {
    const { clock, settings, isStopped, signal } = this.#options;
    const batch = new Batch(settings().queueArn, clock.now());
    let isClosed = await this.#fillWithCarried(batch);
    while (!isClosed && batch.size < settings().batchSize) {
      const isFirst = batch.size === 0;
      const wanted = Math.min(RECEIVE_MAXIMUM, settings().batchSize - batch.size);
      const messages = await (isFirst ? this.#receive(wanted, POLL_SECONDS) : this.#more(wanted));
      if (isFirst) batch.receivedAt = clock.now();
      const kept = this.#withoutFilteredOut(messages);
      isClosed = this.#fill(batch, kept, clock.now()) || batch.size === 0;
      const leftMs = batch.receivedAt + settings().windowSeconds * 1000 - clock.now();
      isClosed ||= leftMs <= 0 || isStopped() || !settings().enabled;
      if (!isClosed && messages.length < wanted)
        await sleep(clock, Math.min(leftMs, GATHER_PAUSE_MS), signal);
    }
    return batch;
  }

  #receive(maximum: number, waitSeconds: number): Promise<QueueMessage[]> {
    this.#options.counts.receives += 1;
    return this.#options.client.receive(maximum, waitSeconds, this.#options.signal);
  }

  /** A queue that cannot be read takes nothing away from the batch that is held already. */
  async #more(maximum: number): Promise<QueueMessage[]> {
    try {
      return await this.#receive(maximum, 0);
    } catch (error) {
      const { signal, settings, onFault } = this.#options;
      if (!signal.aborted) onFault(`Queue ${settings().queueArn} could not be read: ${error}`);
      return [];
    }
  }

  async #fillWithCarried(batch: Batch): Promise<boolean> {
    const { messages, receivedAt } = this.#carried;
    if (messages.length === 0) return false;
    this.#carried = { messages: [], receivedAt: 0 };
    // What has become visible again meanwhile is the queue's.
    const isHeld = receivedAt + (await this.#options.visibilityMs()) > batch.receivedAt;
    if (!isHeld) return false;
    batch.receivedAt = receivedAt;
    return this.#fill(batch, messages, receivedAt);
  }

  /** True when a message did not fit: it and those after it begin the next batch. */
  #fill(batch: Batch, messages: QueueMessage[], receivedAt: number): boolean {
    const firstLeft = messages.findIndex((message) => !batch.add(message));
    if (firstLeft < 0) return false;
    this.#carried = { messages: messages.slice(firstLeft), receivedAt };
    return true;
  }

  #withoutFilteredOut(messages: QueueMessage[]): QueueMessage[] {
    const { counts, settings, onFilteredOut } = this.#options;
    counts.polled += messages.length;
    const { filters, queueArn } = settings();
    if (filters.length === 0) return messages;
    const { true: kept = [], false: dropped = [] } = Object.groupBy(messages, (message) =>
      String(matchesAny(filters, message, queueArn)),
    ) as Partial<Record<string, QueueMessage[]>>;
    counts.filteredOut += dropped.length;
    onFilteredOut(dropped);
    return kept;
  }
}
