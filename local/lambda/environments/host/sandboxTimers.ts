import {
  clearImmediate,
  clearInterval,
  clearTimeout,
  setImmediate,
  setInterval,
  setTimeout,
} from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Resources } from './resources.ts';

type Callback = (...args: unknown[]) => void;

/** Timers of one environment: they can all be cleared, and none starts once the environment has ended. */
export function sandboxTimers(resources: Resources) {
  const timeout = tracked(resources, setTimeout, clearTimeout);
  const interval = tracked(resources, setInterval, clearInterval, true);
  const immediate = tracked(resources, setImmediate, clearImmediate);
  const promises = sandboxTimersPromises(resources);
  const timers = {
    setTimeout: Object.assign(timeout.start, { [promisify.custom]: promises.setTimeout }),
    setInterval: interval.start,
    setImmediate: Object.assign(immediate.start, { [promisify.custom]: promises.setImmediate }),
    clearTimeout: timeout.clear,
    clearInterval: interval.clear,
    clearImmediate: immediate.clear,
  };
  return { timers, promises };
}

function tracked<T, Args extends unknown[]>(
  resources: Resources,
  start: (callback: Callback, ...args: Args) => T,
  clear: (timer: T) => void,
  isRepeated = false,
) {
  return {
    start: (callback: Callback, ...args: Args): T => {
      const fire = (...given: unknown[]) => {
        if (!isRepeated) resources.remove(timer);
        callback(...given);
      };
      const timer: T = start(fire, ...args);
      resources.add(timer, () => clear(timer));
      return timer;
    },
    clear: (timer: T): void => {
      resources.remove(timer);
      clear(timer);
    },
  };
}

function sandboxTimersPromises(resources: Resources) {
  const untilEnd = (options: { signal?: AbortSignal } = {}) => ({
    ...options,
    signal: resources.endSignal(options.signal),
  });
  const promises = {
    setTimeout: <T>(delayMs?: number, value?: T, options?: { signal?: AbortSignal }) =>
      resources.gate(timersPromises.setTimeout(delayMs, value, untilEnd(options))),
    setImmediate: <T>(value?: T, options?: { signal?: AbortSignal }) =>
      resources.gate(timersPromises.setImmediate(value, untilEnd(options))),
    setInterval: <T>(delayMs?: number, value?: T, options?: { signal?: AbortSignal }) =>
      timersPromises.setInterval(delayMs, value, untilEnd(options)),
    scheduler: {
      wait: (delayMs: number, options?: { signal?: AbortSignal }) =>
        promises.setTimeout(delayMs, undefined, options),
      yield: () => promises.setImmediate(),
    },
  };
  return promises;
}
