import type { FinishedInvocation } from '../../local/lambda/functions/invocation.ts';
import type { VirtualClock } from '../virtualClock.ts';
import type { Chronicle } from './chronicle.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: five at first, 300 more a minute. */
const FIRST_INVOCATIONS = 5;
const GROWTH_MS = 200;
/** A poll has come back empty by then, and the mapping begins anew. */
const QUIET_MS = 2_500;
/** So many fewer than could run, between the end of one and the start of the next. */
const SLACK = 3;
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RETRY_WAITS_MS = [60_000, 120_000];

interface Watched {
  clock: VirtualClock;
  chronicle: Chronicle;
  /** How many invocations of a function run. */
  running: (name: string) => number;
  reserved: Record<string, number | undefined>;
  accountQuota: number;
  /** Whether a message is out of sight by this receive. */
  isInHand: (receiptHandle: string) => boolean;
  isSweeping: boolean;
  /** Of an event of the direct way; undefined where it has an end. */
  acceptedAtMs: (requestId: string) => number | undefined;
  eventAgeMs: number;
  isThrottled: boolean;
}

/** What AWS says of the control plane, by this class's own count of what the control plane did. */
export class RuntimeLaws {
  readonly #watched: Watched;
  readonly #failures = new Map<string, { times: number; lastMs: number }>();
  #busySinceMs: number;
  #quietSinceMs: number;
  #fullSinceMs: number | undefined;
  readonly #startedMs: number;
  /** Somebody took all of the worker's concurrency away, once at least. */
  isThrottled: boolean;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.isThrottled = watched.isThrottled;
    this.#startedMs = watched.clock.now();
    this.#busySinceMs = watched.clock.now();
    this.#quietSinceMs = watched.clock.now();
  }

  /** Just before an invocation runs. */
  begins(name: string, requestId: string, payload: string): void {
    const { running, reserved, isSweeping } = this.#watched;
    const mostHere = reserved[name];
    const here = running(name) + 1;
    if (mostHere === undefined) this.#checkUnreserved();
    else if (here > mostHere)
      this.#violate(`${name} runs ${here} times at once, and has ${mostHere} reserved`);
    // Batches that could not run are held, and all begin when they may: only where none are does a mapping have to grow.
    if (name === 'queueWorker' && this.isThrottled) this.#checkHold(payload);
    else if (name === 'queueWorker') this.#checkStart(here);
    this.#checkRetry(name, requestId);
    if (name === 'orderSweeper' && !isSweeping)
      this.#violate('the sweeper runs, and its schedule is off');
  }

  /** An event is given up no later than when it is too old, or when the stage is there again. */
  givenUp(record: string): void {
    const { clock, acceptedAtMs, eventAgeMs } = this.#watched;
    const { requestContext } = JSON.parse(record) as { requestContext: Record<string, string> };
    const sinceMs = acceptedAtMs(requestContext.requestId ?? '') ?? clock.now();
    const atMs = Math.max(sinceMs + eventAgeMs, this.#startedMs);
    if (requestContext.condition === 'EventAgeExceeded' && clock.now() > atMs)
      this.#violate('an event is given up later than at its greatest age');
  }

  ends(name: string, requestId: string, { isError }: FinishedInvocation): void {
    const nowMs = this.#watched.clock.now();
    if (name === 'queueWorker' && this.#watched.running(name) === 0) this.#quietSinceMs = nowMs;
    const { times = 0 } = this.#failures.get(requestId) ?? {};
    if (isError) this.#failures.set(requestId, { times: times + 1, lastMs: nowMs });
  }

  /** A mapping that runs no more than its function has reserved is never turned away. */
  throttled(name: string): void {
    if (name === 'queueWorker' && !this.isThrottled)
      this.#violate('the mapping of queueWorker runs more than it may, and is throttled');
  }

  /** Looked at from time to time, with messages that wait: a mapping that is full grows. */
  sample(waiting: number, most: number): void {
    const nowMs = this.#watched.clock.now();
    const running = this.#watched.running('queueWorker');
    // A mapping that was turned away runs fewer at once, and grows from there.
    if (this.isThrottled || waiting === 0 || running < FIRST_INVOCATIONS) {
      this.#fullSinceMs = undefined;
      return;
    }
    this.#fullSinceMs ??= nowMs;
    const grown = FIRST_INVOCATIONS + Math.floor((nowMs - this.#fullSinceMs) / GROWTH_MS);
    if (running < Math.min(most, grown) - SLACK)
      this.#violate(
        `queueWorker runs ${running} times with messages waiting, and grows too slowly`,
      );
  }

  #checkUnreserved(): void {
    const { running, reserved, accountQuota } = this.#watched;
    let [taken, here] = [0, 1];
    for (const name in reserved) {
      const most = reserved[name];
      if (most === undefined) here += running(name);
      else taken += most;
    }
    if (here > accountQuota - taken)
      this.#violate(
        `${here} unreserved invocations run, and there is room for ${accountQuota - taken}`,
      );
  }

  /** A batch that could not run is let go when its messages come in sight again. */
  #checkHold(payload: string): void {
    const { Records } = JSON.parse(payload) as { Records: { receiptHandle: string }[] };
    if (Records.some(({ receiptHandle }) => !this.#watched.isInHand(receiptHandle)))
      this.#violate('queueWorker is given a message that is in sight again');
  }

  #checkStart(here: number): void {
    const nowMs = this.#watched.clock.now();
    if (here === 1 && nowMs - this.#quietSinceMs >= QUIET_MS) this.#busySinceMs = nowMs;
    else if (here === 1) return;
    const most = FIRST_INVOCATIONS + Math.floor((nowMs - this.#busySinceMs) / GROWTH_MS);
    if (here > most) this.#violate(`queueWorker runs ${here} times, and grows too fast`);
  }

  #checkRetry(name: string, requestId: string): void {
    const failed = this.#failures.get(requestId);
    if (failed === undefined) return;
    const waitedMs = this.#watched.clock.now() - failed.lastMs;
    if (waitedMs < (RETRY_WAITS_MS[failed.times - 1] ?? Number.POSITIVE_INFINITY))
      this.#violate(`${name} is tried again after failure ${failed.times} too soon`);
  }

  #violate(text: string): void {
    this.#watched.chronicle.violate(text);
  }
}
