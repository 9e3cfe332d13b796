import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Resources } from './resources.ts';

type Callback = (...args: unknown[]) => void;

/** Timers of one environment: they can all be cleared, and none starts once the environment has ended. */
export function sandboxTimers(resources: Resources) {
  const once =
    (callback: Callback, timer: () => unknown): Callback =>
    (...args) => {
      resources.remove(timer());
      callback(...args);
    };
  const started = <T>(timer: T, clear: (timer: T) => void): T => {
    resources.add(timer, () => clear(timer));
    return timer;
  };
  const timers = {
    setTimeout: (callback: Callback, delayMs?: number, ...args: unknown[]) => {
      const timer: NodeJS.Timeout = setTimeout(
        once(callback, () => timer),
        delayMs,
        ...args,
      );
      return started(timer, clearTimeout);
    },
    setInterval: (callback: Callback, delayMs?: number, ...args: unknown[]) => {
      const timer = setInterval(callback, delayMs, ...args);
      return started(timer, clearInterval);
    },
    setImmediate: (callback: Callback, ...args: unknown[]) => {
      const timer: NodeJS.Immediate = setImmediate(
        once(callback, () => timer),
        ...args,
      );
      return started(timer, clearImmediate);
    },
    clearTimeout: (timer: NodeJS.Timeout) => forget(timer, clearTimeout),
    clearInterval: (timer: NodeJS.Timeout) => forget(timer, clearInterval),
    clearImmediate: (timer: NodeJS.Immediate) => forget(timer, clearImmediate),
  };
  function forget<T>(timer: T, clear: (timer: T) => void): void {
    resources.remove(timer);
    clear(timer);
  }
  const promises = sandboxTimersPromises(resources);
  Object.assign(timers.setTimeout, { [promisify.custom]: promises.setTimeout });
  Object.assign(timers.setImmediate, { [promisify.custom]: promises.setImmediate });
  return { timers, promises };
}

function sandboxTimersPromises(resources: Resources) {
  const untilEnd = (options: { signal?: AbortSignal } = {}) => ({
    ...options,
    signal: options.signal
      ? AbortSignal.any([options.signal, resources.endSignal])
      : resources.endSignal,
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
