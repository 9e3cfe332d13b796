import { type Clock, sleep } from '../../clock.ts';
import type { EventSourceMappingModel } from '../../template/model.ts';
import { ThrottledError } from '../errors.ts';
import type { FinishedInvocation } from '../functions/invocation.ts';
import { type Batch, failedMessages } from './batch.ts';
import { BatchGatherer, RECEIVE_MAXIMUM } from './batchGatherer.ts';
import { patternFault } from './filterCriteria.ts';
import type { QueueClient, QueueMessage } from './queueClient.ts';
import { Scaling } from './scaling.ts';

const AFTER_A_FAULT_MS = 200;
const FIRST_BACK_OFF_MS = 200;
const LONGEST_BACK_OFF_MS = 10_000;

interface MappingOptions {
  model: EventSourceMappingModel;
  clock: Clock;
  client: QueueClient;
  /** Throws ThrottledError when there is no concurrency for the function. */
  invoke: (functionName: string, payload: string) => Promise<FinishedInvocation>;
  onFault: (functionName: string, text: string) => void;
}

export type MappingChange = Partial<Omit<EventSourceMappingModel, 'uuid' | 'queueArn'>>;

/** Feeds a function from a queue: one loop gathers batches, as many run at once as scaling and settings allow. */
export class EventSourceMapping {
  readonly counts = {
    ...{ receives: 0, deletes: 0, polled: 0, invoked: 0 },
    ...{ deleted: 0, failed: 0, filteredOut: 0, throttled: 0 },
  };
  readonly #options: MappingOptions;
  readonly #scaling: Scaling;
  readonly #work = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #settings: EventSourceMappingModel;
  #running = 0;
  #stopped = false;
  #modifiedAtMs: number;
  #wake: () => void = () => undefined;
  #loop: Promise<void> | undefined;

  constructor(options: MappingOptions) {
    this.#options = options;
    this.#settings = checked(options.model);
    this.#modifiedAtMs = options.clock.now();
    this.#scaling = new Scaling(options.clock, () => this.#wake(), options.model.pollers);
  }

  get settings(): Readonly<EventSourceMappingModel> {
    return this.#settings;
  }

  get modifiedAtMs(): number {
    return this.#modifiedAtMs;
  }

  get running(): number {
    return this.#running;
  }

  get allowed(): number {
    return this.#scaling.limit(this.#settings.maximumConcurrency);
  }

  async start(): Promise<void> {
    await this.#visibilityMs();
    this.#loop = this.#run(this.#gatherer());
  }

  /** Takes effect at once: on the batch that is being gathered, never on those that run. */
  update(change: MappingChange): void {
    this.#settings = checked({ ...this.#settings, ...change });
    this.#modifiedAtMs = this.#options.clock.now();
    this.#wake();
  }

  /** Reads no more, and waits up to `graceMs` for what runs. */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#stopped = true;
    this.#scaling.stop();
    this.#wake();
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const cut = () => {
      this.#abort.abort();
      this.#wake();
      resolve();
    };
    const timer = graceMs > 0 ? clock.setTimeout(cut, graceMs) : cut();
    await this.#loop;
    while (this.#work.size > 0 && !this.#abort.signal.aborted)
      await Promise.race([aborted, ...this.#work]);
    clock.clearTimeout(timer);
  }

  /** As the queue has it now: SetQueueAttributes may have changed it. */
  async #visibilityMs(): Promise<number> {
    return (await this.#options.client.visibilitySeconds()) * 1000;
  }

  #gatherer(): BatchGatherer {
    const { clock, client } = this.#options;
    return new BatchGatherer({
      clock,
      client,
      settings: () => this.#settings,
      visibilityMs: () => this.#visibilityMs(),
      signal: this.#abort.signal,
      isStopped: () => this.#stopped,
      counts: this.counts,
      onFilteredOut: (messages) => this.#track(this.#delete(messages)),
      onFault: (text) => this.#tell(text),
    });
  }

  async #run(gatherer: BatchGatherer): Promise<void> {
    while (!this.#stopped) {
      if (!this.#settings.enabled || this.#isFull) await this.#changed();
      else await this.#gatherAndInvoke(gatherer);
    }
  }

  get #isFull(): boolean {
    const isFull = this.#running >= this.allowed;
    if (isFull) this.#scaling.saturated(this.#settings.maximumConcurrency);
    return isFull;
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #gatherAndInvoke(gatherer: BatchGatherer): Promise<void> {
    try {
      const batch = await gatherer.gather();
      // The limit may have been lowered since the gathering began.
      while (batch.size > 0 && this.#isFull && !this.#abort.signal.aborted) await this.#changed();
      if (batch.size > 0) this.#track(this.#process(batch));
      else if (this.#running === 0) this.#scaling.idle();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#tell(`Queue ${this.#settings.queueArn} could not be read: ${error}`);
      await sleep(this.#options.clock, AFTER_A_FAULT_MS, this.#abort.signal);
    }
  }

  async #process(batch: Batch): Promise<void> {
    this.#running += 1;
    let response: FinishedInvocation | undefined;
    try {
      response = await this.#invoke(batch);
    } catch (error) {
      this.#tell(`Batch for ${this.#settings.functionName}: ${error}`);
    } finally {
      // Before the deletes: the next batch does not wait for them.
      this.#running -= 1;
      this.#wake();
    }
    const failed = this.#failedOf(batch, response);
    this.counts.failed += failed.length;
    const done =
      failed.length === 0
        ? batch.messages
        : [...new Set(batch.messages).difference(new Set(failed))];
    await this.#delete(done);
    this.counts.deleted += done.length;
  }

  /**
   * A throttled batch stays here and is tried again until its messages become visible in the queue.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
   */
  async #invoke(batch: Batch): Promise<FinishedInvocation | undefined> {
    const { clock, invoke } = this.#options;
    let visibleAgainAt: number | undefined;
    let waitMs = FIRST_BACK_OFF_MS;
    while (!this.#abort.signal.aborted) {
      try {
        const response = await invoke(this.#settings.functionName, batch.event);
        this.counts.invoked += batch.size;
        return response;
      } catch (error) {
        if (!(error instanceof ThrottledError)) throw error;
      }
      this.counts.throttled += 1;
      this.#scaling.cut();
      visibleAgainAt ??= batch.receivedAt + (await this.#visibilityMs());
      if (clock.now() + waitMs >= visibleAgainAt) return undefined;
      await sleep(clock, waitMs, this.#abort.signal);
      waitMs = Math.min(waitMs * 2, LONGEST_BACK_OFF_MS);
    }
    return undefined;
  }

  #failedOf({ messages }: Batch, response: FinishedInvocation | undefined): QueueMessage[] {
    const { reportBatchItemFailures } = this.#settings;
    if (!response) return messages;
    if (response.isError) {
      if (!reportBatchItemFailures) this.#scaling.cut();
      return messages;
    }
    return reportBatchItemFailures ? failedMessages(messages, response.payload) : [];
  }

  async #delete(messages: QueueMessage[]): Promise<void> {
    const handles = messages.map(({ receiptHandle }) => receiptHandle);
    for (let start = 0; start < handles.length; start += RECEIVE_MAXIMUM) {
      this.counts.deletes += 1;
      await this.#options.client.deleteBatch(handles.slice(start, start + RECEIVE_MAXIMUM));
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error) => this.#tell(`Queue ${this.#settings.queueArn}: ${error}`))
      .finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  #tell(text: string): void {
    this.#options.onFault(this.#settings.functionName, text);
  }
}

/** A mapping that AWS would not take does not start. */
function checked(model: EventSourceMappingModel): EventSourceMappingModel {
  for (const filter of model.filters) {
    const fault = patternFault(filter);
    if (fault !== undefined)
      throw new Error(
        `Event source mapping of ${model.queueArn} to ${model.functionName}: in the filter pattern ${JSON.stringify(filter)} ${fault}`,
      );
  }
  return model;
}
