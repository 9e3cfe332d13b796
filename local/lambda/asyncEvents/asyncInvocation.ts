import type { AsyncEventCounts } from '../../../contracts/runtimeStats.ts';
import type { Clock } from '../../clock.ts';
import { type Randomness, systemRandomness } from '../../randomness.ts';
import { ThrottledError } from '../errors.ts';
import type { FinishedInvocation } from '../functions/invocation.ts';
import type { AsyncEvent, AsyncEventStore } from './asyncEventStore.ts';
import type { AsyncFunction, SendToArn } from './asyncSettings.ts';
import { backOffMs, retryWaitMs } from './asyncWaits.ts';
import {
  deadLetter,
  destinationRecord,
  type EventEnd,
  type FailureCondition,
} from './destinationRecord.ts';

interface AsyncOptions {
  clock: Clock;
  randomness?: Randomness;
  store: AsyncEventStore;
  /** Undefined where there is no such function. */
  describe: (functionName: string) => AsyncFunction | undefined;
  /** Runs the event now, or throws ThrottledError. */
  invoke: (event: AsyncEvent) => Promise<FinishedInvocation>;
  sendToArn: SendToArn;
  onFault: (functionName: string, text: string) => void;
}

class FunctionQueue {
  readonly events = new Map<string, AsyncEvent>();
  readonly counts = { running: 0, accepted: 0, succeeded: 0, retried: 0, throttled: 0, dropped: 0 };
}

/** Lambda's queue of asynchronous events: tries each at once, waits and tries again as AWS does, and gives up as AWS does. */
export class AsyncInvocation {
  readonly #options: AsyncOptions;
  readonly #queues = new Map<string, FunctionQueue>();
  readonly #timers = new Set<unknown>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: AsyncOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier process left; events of functions that are not here stay in the store for their return. */
  start(): void {
    const left = Map.groupBy(this.#options.store.all(), ({ functionName }) => functionName);
    for (const [functionName, events] of left) {
      if (this.#options.describe(functionName)) for (const event of events) this.#takeUp(event);
      else
        this.#options.onFault(
          functionName,
          `Asynchronous events of an earlier run (${events.length}) wait for ${functionName}, which is not here: they are kept until it is`,
        );
    }
  }

  /** The event is durable when this returns. */
  accept(functionName: string, payload: string, requestId: string): void {
    const now = this.#options.clock.now();
    const event: AsyncEvent = {
      requestId,
      functionName,
      payload,
      acceptedAtMs: now,
      dueAtMs: now,
      failedAttempts: 0,
      throttles: 0,
    };
    this.#options.store.save(event);
    const queue = this.#queue(functionName);
    queue.events.set(requestId, event);
    queue.counts.accepted += 1;
    this.#attempt(event);
  }

  /** Payloads of all events that have not reached their end. */
  payloads(): string[] {
    return [...this.#queues.values()].flatMap(({ events }) =>
      [...events.values()].map(({ payload }) => payload),
    );
  }

  counts(functionName: string): AsyncEventCounts {
    const { events, counts } = this.#queue(functionName);
    const [oldest] = events.values();
    const oldestAgeMs = oldest ? this.#options.clock.now() - oldest.acceptedAtMs : 0;
    return { waiting: events.size - counts.running, oldestAgeMs, ...counts };
  }

  /** Begins nothing more. What waits stays in the store. */
  halt(): void {
    this.#stopped = true;
    for (const timer of this.#timers) this.#options.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  /** Resolves when no attempt is running; call it once the runtimes have ended theirs. */
  async close(): Promise<void> {
    await Promise.all(this.#running);
    this.#options.store.close();
  }

  #takeUp(event: AsyncEvent): void {
    this.#queue(event.functionName).events.set(event.requestId, event);
    this.#attemptWhenDue(event);
  }

  #attempt(event: AsyncEvent): void {
    if (this.#stopped) return;
    const attempt = this.#run(event)
      .catch((error) => this.#tell(event, `is stuck until the next start: ${error}`))
      .finally(() => this.#running.delete(attempt));
    this.#running.add(attempt);
  }

  async #run(event: AsyncEvent): Promise<void> {
    const { switchedOff } = this.#describe(event);
    if (switchedOff) return this.#giveUp(event, 'ZeroReservedConcurrency');
    if (this.#options.clock.now() >= this.#expiresAtMs(event))
      return this.#giveUp(event, 'EventAgeExceeded');
    const { counts } = this.#queue(event.functionName);
    counts.running += 1;
    let response: FinishedInvocation;
    try {
      response = await this.#options.invoke(event);
    } catch (error) {
      // System errors are tried again like throttles.
      if (error instanceof ThrottledError) counts.throttled += 1;
      else this.#tell(event, `could not be run, and is tried again: ${error}`);
      return this.#backOff(event);
    } finally {
      counts.running -= 1;
    }
    event.throttles = 0;
    if (response.isError) await this.#onFunctionError(event, response);
    else await this.#succeed(event, response);
  }

  #backOff(event: AsyncEvent): void {
    const { randomness = systemRandomness } = this.#options;
    event.throttles += 1;
    this.#tryAgainIn(event, backOffMs(event.throttles, randomness.fraction()));
  }

  async #onFunctionError(event: AsyncEvent, response: FinishedInvocation): Promise<void> {
    // An invocation that the stop itself ended is not a failure of the function's.
    if (this.#stopped) return;
    event.failedAttempts += 1;
    event.lastAnswer = response.payload;
    const { settings } = this.#describe(event);
    if (event.failedAttempts > settings.maximumRetryAttempts)
      return this.#giveUp(event, 'RetriesExhausted');
    const waitMs = retryWaitMs(event.failedAttempts);
    // AWS does not wait for the end of an event that would be too old at its next attempt.
    if (this.#options.clock.now() + waitMs >= this.#expiresAtMs(event))
      return this.#giveUp(event, 'EventAgeExceeded');
    this.#queue(event.functionName).counts.retried += 1;
    this.#tryAgainIn(event, waitMs);
  }

  #tryAgainIn(event: AsyncEvent, delayMs: number): void {
    event.dueAtMs = this.#options.clock.now() + delayMs;
    // The timer first: an event that could not be stored is still tried again by this process.
    this.#attemptWhenDue(event);
    this.#options.store.save(event);
  }

  #attemptWhenDue(event: AsyncEvent): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const dueAtMs = Math.min(event.dueAtMs, this.#expiresAtMs(event));
    const timer = clock.setTimeout(() => {
      this.#timers.delete(timer);
      this.#attempt(event);
    }, dueAtMs - clock.now());
    this.#timers.add(timer);
  }

  async #succeed(event: AsyncEvent, response: FinishedInvocation): Promise<void> {
    const { settings } = this.#describe(event);
    if (settings.onSuccessArn)
      await this.#send(settings.onSuccessArn, event, {
        condition: 'Success',
        answer: response.payload,
      });
    this.#queue(event.functionName).counts.succeeded += 1;
    this.#forget(event);
  }

  async #giveUp(event: AsyncEvent, condition: FailureCondition): Promise<void> {
    const end = { condition, answer: event.lastAnswer };
    const { settings, deadLetterArn } = this.#describe(event);
    if (settings.onFailureArn) await this.#send(settings.onFailureArn, event, end);
    if (deadLetterArn) {
      const { body, attributes } = deadLetter(event, end);
      await this.#deliver(event, deadLetterArn, body, attributes);
    }
    this.#queue(event.functionName).counts.dropped += 1;
    this.#forget(event);
  }

  #send(arn: string, event: AsyncEvent, end: EventEnd): Promise<void> {
    const { arn: functionArn } = this.#describe(event);
    const now = new Date(this.#options.clock.now());
    return this.#deliver(
      event,
      arn,
      JSON.stringify(destinationRecord(event, functionArn, end, now)),
    );
  }

  /** A destination that cannot be reached loses the record, on AWS too (metric DestinationDeliveryFailures). */
  async #deliver(
    event: AsyncEvent,
    arn: string,
    body: string,
    attributes?: Record<string, string>,
  ): Promise<void> {
    try {
      await this.#options.sendToArn(arn, body, attributes);
    } catch (error) {
      this.#tell(event, `ended, and destination ${arn} did not take its record: ${error}`);
    }
  }

  #forget(event: AsyncEvent): void {
    this.#queue(event.functionName).events.delete(event.requestId);
    this.#options.store.remove(event.requestId);
  }

  #tell({ functionName, requestId }: AsyncEvent, text: string): void {
    this.#options.onFault(functionName, `Asynchronous event ${requestId} ${text}`);
  }

  #describe({ functionName }: AsyncEvent): AsyncFunction {
    const described = this.#options.describe(functionName);
    if (!described) throw new Error(`${functionName} is not here`);
    return described;
  }

  #expiresAtMs(event: AsyncEvent): number {
    const { settings } = this.#describe(event);
    return event.acceptedAtMs + settings.maximumEventAgeSeconds * 1000;
  }

  #queue(functionName: string): FunctionQueue {
    let queue = this.#queues.get(functionName);
    if (!queue) {
      queue = new FunctionQueue();
      this.#queues.set(functionName, queue);
    }
    return queue;
  }
}
