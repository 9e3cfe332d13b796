import { setTimeout } from 'node:timers';
import type { Resources } from './resources.ts';

type Callback = (error?: unknown, result?: unknown) => void;
type Context = { callbackWaitsForEmptyEventLoop: boolean };

const IDLE_CHECK_MS = 5;
/** A handler that has called nothing back by then will not: nothing is left that could. */
const IDLE_CHECKS = 10;

/**
 * Runs a handler as runtimes before nodejs24.x do: its answer is what its promise gives, what it hands to its callback
 * once nothing keeps the event loop alive, or what it hands to `context.done`, `succeed` or `fail`.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-callback
 */
export function callHandler(
  handler: (event: unknown, context: object, callback?: Callback) => unknown,
  event: unknown,
  context: Context,
  resources: Resources,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done: Callback = (error, result) =>
      error === undefined || error === null ? resolve(result) : reject(error);
    const callback: Callback = (error, result) => {
      isCalled = true;
      if (error || !context.callbackWaitsForEmptyEventLoop) done(error, result);
      else whenIdle(resources, 1, () => resolve(result));
    };
    let isCalled = false;
    const old = { done, succeed: (result: unknown) => done(null, result), fail: reject };
    const returned = handler(event, Object.assign(context, old), callback);
    if (isThenable(returned)) returned.then(resolve, reject);
    else if (!isCalled) whenIdle(resources, IDLE_CHECKS, () => isCalled || resolve(null));
  });
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';

/** Calls back once the environment has been idle for a number of checks in a row. */
function whenIdle(resources: Resources, checks: number, act: () => void, left = checks): void {
  if (resources.ended) return;
  const next = resources.isIdle ? left - 1 : checks;
  if (next === 0) act();
  else setTimeout(() => whenIdle(resources, checks, act, next), IDLE_CHECK_MS);
}
