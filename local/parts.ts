import { setTimeout as sleep } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import { UsageError } from '../common/usageError.ts';

/** From the signal on. With what the emulators need after it, the whole stop stays within 5 s. */
const STOP_GRACE_MS = 4000;
/** A part that has not stopped this long after its grace is left behind: the process ends anyway. */
const LEFT_BEHIND_AFTER_MS = 700;

/**
 * When a part is stopped. An entrance lets work in from outside: a request that runs ends with the invocation it waits
 * for. A delivery takes messages from queues and hands them to functions. A store holds the data: needed to the last.
 */
type Turn = 'entrance' | 'delivery' | 'functions' | 'store';

export interface Part<Started> {
  /** As the line calls it that says why the service did not start, or has ended. */
  name: string;
  turn: Turn;
  start: () => Started | Promise<Started>;
  /** Also called where the start failed, or has not come to its end: then nothing is given that has started. */
  stop?: (graceMs: number, started: Started | undefined) => unknown;
  /** Settles when the part has ended, with the reason if there is one. */
  ended?: (started: Started) => Promise<unknown>;
}

type Running = Pick<Part<never>, 'name' | 'turn'> & { stop: (graceMs: number) => unknown };

/** The parts of a service: started one after the other, stopped by their turns within one deadline. */
export class Parts {
  readonly #running: Running[] = [];
  readonly #death = Promise.withResolvers<never>();
  #isStopping = false;

  constructor() {
    this.#death.promise.catch(() => {});
  }

  /** Rejects when a part has ended by itself: the others need it. */
  get death(): Promise<never> {
    return this.#death.promise;
  }

  async start<Started>(part: Part<Started>): Promise<Started> {
    const { name, turn } = part;
    if (this.#isStopping) throw new Error(`${name} is not started any more`);
    let started: Started | undefined;
    this.#running.push({ name, turn, stop: (graceMs) => part.stop?.(graceMs, started) });
    try {
      started = await part.start();
      part.ended?.(started).then(
        (reason) => this.#die(name, reason),
        (reason) => this.#die(name, reason),
      );
      return started;
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new Error(`The start failed at ${name}: ${textOf(error)}`, { cause: error });
    }
  }

  /** Throws the first fault once all has been stopped. A second call has nothing left to stop. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const deadline = performance.now() + STOP_GRACE_MS;
    const entrances = this.#stop('entrance', deadline);
    const outcomes = [
      ...(await this.#stop('delivery', deadline)),
      ...(await this.#stop('functions', deadline)),
      ...(await entrances),
      ...(await this.#stop('store', deadline)),
    ];
    const failed = outcomes.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  #stop(turn: Turn, deadline: number): Promise<PromiseSettledResult<void>[]> {
    const ofTurn = this.#running.filter((part) => part.turn === turn);
    for (const part of ofTurn) this.#running.splice(this.#running.indexOf(part), 1);
    const graceMs = Math.max(0, deadline - performance.now());
    return Promise.allSettled(ofTurn.map((part) => stopWithin(part, graceMs)));
  }

  #die(name: string, reason: unknown): void {
    if (this.#isStopping) return;
    const text = isNativeError(reason) ? `: ${reason.message}` : '';
    this.#death.reject(new Error(`${name} has ended by itself${text}`));
  }
}

async function stopWithin({ name, stop }: Running, graceMs: number): Promise<void> {
  const done = new AbortController();
  const late = async () => {
    await sleep(graceMs + LEFT_BEHIND_AFTER_MS, undefined, { signal: done.signal });
    throw new Error(`${name} did not stop in time`);
  };
  try {
    await Promise.race([(async () => void (await stop(graceMs)))(), late()]);
  } finally {
    done.abort();
  }
}

const textOf = (error: unknown): string => (isNativeError(error) ? error.message : String(error));
