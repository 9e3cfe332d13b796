import type { EventEmitter } from 'node:events';
import { ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import process from 'node:process';
import { Duplex } from 'node:stream';

export type Endable = EventEmitter & {
  destroy?: () => unknown;
  close?: () => unknown;
};

const ignore = () => undefined;

/** File operations and name lookups are counted for the whole thread. */
const isRequest = (resource: string): boolean => /Req/.test(resource);

function holdsLoop(resource: unknown): boolean {
  const { hasRef, _handle: handle } = resource as {
    hasRef?: () => boolean;
    _handle?: { hasRef?: () => boolean } | null;
  };
  return hasRef?.call(resource) ?? handle?.hasRef?.() ?? handle !== null;
}

/**
 * Everything an execution environment holds that could act later: timers, child processes, requests, sockets, servers.
 * Ending it takes the listeners off first, so that no code of the old environment runs because of the end itself.
 */
export class Resources {
  /** Each with what ends it: timeouts, immediates and child processes differ. */
  readonly #endings = new Map<unknown, () => void>();
  readonly #emitters = new Set<Endable>();
  readonly #ended = new AbortController();

  #open = 0;

  /** Whether nothing of this environment would keep Node's event loop alive. */
  get isIdle(): boolean {
    const held = [...this.#endings.keys(), ...this.#emitters].some(holdsLoop);
    return this.#open === 0 && !held && !process.getActiveResourcesInfo().some(isRequest);
  }

  get ended(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Aborts with the environment, or before it when `own` does. */
  endSignal(own?: AbortSignal | null): AbortSignal {
    return own ? AbortSignal.any([own, this.#ended.signal]) : this.#ended.signal;
  }

  add(resource: unknown, end: () => void): void {
    if (this.ended) end();
    else this.#endings.set(resource, end);
  }

  remove(resource: unknown): void {
    this.#endings.delete(resource);
  }

  /** With the socket that a request goes out on, which outlives it in a keep-alive agent. */
  addEmitter(emitter: Endable): Endable {
    if (this.#emitters.has(emitter)) return emitter;
    this.#emitters.add(emitter);
    emitter.once('close', () => this.#emitters.delete(emitter));
    if (emitter instanceof ClientRequest)
      emitter.once('socket', (socket: Socket) => this.addEmitter(socket));
    return emitter;
  }

  /** A promise that stays open for ever once the environment has ended. */
  gate<T>(promise: Promise<T>): Promise<T> {
    this.#open += 1;
    const settled = promise.finally(() => {
      this.#open -= 1;
    });
    return new Promise((resolve, reject) => {
      settled.then(
        (value) => this.ended || resolve(value),
        (error) => this.ended || reject(error),
      );
    });
  }

  end(): void {
    this.#ended.abort();
    for (const end of this.#endings.values()) end();
    for (const emitter of this.#emitters) endEmitter(emitter);
    this.#endings.clear();
    this.#emitters.clear();
  }
}

/** What an ended environment gets when it asks for a socket: a stream on which nothing ever happens. */
export function deadStream(): Duplex {
  return new Duplex({ read: ignore, write: ignore });
}

export function endEmitter(emitter: Endable): void {
  const response = (emitter as { res?: IncomingMessage }).res;
  for (const source of response ? [emitter, response] : [emitter]) {
    source.removeAllListeners();
    source.on('error', ignore);
  }
  if (emitter.destroy) emitter.destroy();
  else emitter.close?.();
}
