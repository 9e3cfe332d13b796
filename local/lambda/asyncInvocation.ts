import type { AsyncEvent, AsyncEventStore } from './asyncEventStore.ts';
import type { AsyncCounts, AsyncFunction, SendToArn } from './asyncSettings.ts';
import type { Clock } from './clock.ts';
import { deadLetter, destinationRecord, type EventEnd } from './destinationRecord.ts';
import { ThrottledError } from './errors.ts';
import type { FinishedInvocation } from './invocation.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RETRY_WAITS_MS = [1 * MINUTE_MS, 2 * MINUTE_MS];
const LONGEST_BACK_OFF_MS = 5 * MINUTE_MS;

interface AsyncOptions {
  clock: Clock;
  store: AsyncEventStore;
  describe: (functionName: string) => AsyncFunction;
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

  /** Takes up what an earlier process left. */
  start(): void {
    for (const event of this.#options.store.all()) {
      this.#queue(event.functionName).events.set(event.requestId, event);
      this.#attemptWhenDue(event);
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

  counts(functionName: string): AsyncCounts {
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

  #attempt(event: AsyncEvent): void {
    if (this.#stopped) return;
    const attempt = this.#run(event)
      .catch((error) =>
        this.#options.onFault(
          event.functionName,
          `Asynchronous event ${event.requestId}: ${error}`,
        ),
      )
      .finally(() => this.#running.delete(attempt));
    this.#running.add(attempt);
  }

  async #run(event: AsyncEvent): Promise<void> {
    const { switchedOff } = this.#options.describe(event.functionName);
    if (switchedOff) return this.#giveUp(event, { condition: 'ZeroReservedConcurrency' });
    if (this.#isTooOld(event)) return this.#giveUp(event, { condition: 'EventAgeExceeded' });
    const { counts } = this.#queue(event.functionName);
    counts.running += 1;
    let response: FinishedInvocation;
    try {
      response = await this.#options.invoke(event);
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      counts.throttled += 1;
      return this.#backOff(event);
    } finally {
      counts.running -= 1;
    }
    if (response.isError) await this.#onFunctionError(event, response);
    else await this.#succeed(event, response);
  }

  #backOff(event: AsyncEvent): void {
    event.throttles += 1;
    const longestMs = Math.min(SECOND_MS * 2 ** (event.throttles - 1), LONGEST_BACK_OFF_MS);
    // Spread, so that events which were throttled together do not come back together.
    this.#tryAgainIn(event, longestMs * (0.5 + Math.random() / 2));
  }

  async #onFunctionError(event: AsyncEvent, response: FinishedInvocation): Promise<void> {
    // An invocation that the stop itself ended is no failure of the function's.
    if (this.#stopped) return;
    event.failedAttempts += 1;
    const { settings } = this.#options.describe(event.functionName);
    if (event.failedAttempts > settings.maximumRetryAttempts)
      return this.#giveUp(event, { condition: 'RetriesExhausted', response });
    this.#queue(event.functionName).counts.retried += 1;
    this.#tryAgainIn(event, RETRY_WAITS_MS[event.failedAttempts - 1] ?? 0);
  }

  #tryAgainIn(event: AsyncEvent, delayMs: number): void {
    event.dueAtMs = this.#options.clock.now() + delayMs;
    this.#options.store.save(event);
    this.#attemptWhenDue(event);
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
    const { settings } = this.#options.describe(event.functionName);
    if (settings.onSuccessArn)
      await this.#send(settings.onSuccessArn, event, { condition: 'Success', response });
    this.#queue(event.functionName).counts.succeeded += 1;
    this.#forget(event);
  }

  async #giveUp(event: AsyncEvent, end: EventEnd): Promise<void> {
    const { settings, deadLetterArn } = this.#options.describe(event.functionName);
    if (settings.onFailureArn) await this.#send(settings.onFailureArn, event, end);
    if (deadLetterArn) {
      const { body, attributes } = deadLetter(event, end);
      await this.#deliver(event, deadLetterArn, body, attributes);
    }
    this.#queue(event.functionName).counts.dropped += 1;
    this.#forget(event);
  }

  #send(arn: string, event: AsyncEvent, end: EventEnd): Promise<void> {
    const { arn: functionArn } = this.#options.describe(event.functionName);
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
      this.#options.onFault(
        event.functionName,
        `Destination ${arn} did not take the record: ${error}`,
      );
    }
  }

  #forget(event: AsyncEvent): void {
    this.#queue(event.functionName).events.delete(event.requestId);
    this.#options.store.remove(event.requestId);
  }

  #isTooOld(event: AsyncEvent): boolean {
    return this.#options.clock.now() >= this.#expiresAtMs(event);
  }

  #expiresAtMs(event: AsyncEvent): number {
    const { settings } = this.#options.describe(event.functionName);
    return event.acceptedAtMs + settings.maximumEventAgeSeconds * SECOND_MS;
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
