import workerThreads from 'node:worker_threads';
import type { Output } from './output.ts';
import type { ExitCause } from './protocol.ts';
import type { Resources } from './resources.ts';
import { sandboxProcess } from './sandboxProcess.ts';
import { sandboxTimers } from './sandboxTimers.ts';
import { isTracked, trackedFetch, trackedModule } from './trackedModules.ts';

export interface Sandbox {
  process: NodeJS.Process;
  /** Names that the function's code sees in place of the thread's globals. */
  globals: Record<string, unknown>;
  builtin: (name: string) => unknown;
}

interface SandboxOptions {
  variables: Record<string, string>;
  output: Output;
  resources: Resources;
  onExit: (cause: ExitCause) => void;
}

/** The globals and built-in modules of one execution environment. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { output, resources } = options;
  const { timers, promises } = sandboxTimers(resources);
  const replaced: Record<string, () => unknown> = {
    process: () => process_,
    console: () => Object.assign(output.console, { Console: console.Console }),
    timers: () => ({ ...timers, promises }),
    'timers/promises': () => promises,
    worker_threads: () => ({
      ...workerThreads,
      isMainThread: true,
      parentPort: null,
      workerData: null,
    }),
  };
  const loaded = new Map<string, unknown>();
  const builtin = (name: string): unknown => {
    const bare = name.replace(/^node:/, '');
    if (!loaded.has(bare)) loaded.set(bare, load(bare, name));
    return loaded.get(bare);
  };
  const load = (bare: string, name: string): unknown => {
    if (isTracked(bare)) return trackedModule(bare, resources);
    return replaced[bare]?.() ?? process.getBuiltinModule(name);
  };
  const process_ = sandboxProcess({ ...options, getBuiltinModule: builtin });
  const globals: Record<string, unknown> = {
    process: process_,
    console: output.console,
    ...timers,
    fetch: trackedFetch(resources),
  };
  const global = globalObject(globals);
  Object.assign(globals, { globalThis: global, global });
  return { process: process_, globals, builtin };
}

/**
 * A global object of the environment's own over the thread's. A proxy, because getters such as `crypto` refuse to run
 * on an object that merely inherits from the global one.
 */
function globalObject(own: Record<string, unknown>): object {
  return new Proxy(own, {
    get: (target, name) =>
      name in target ? target[name as string] : Reflect.get(globalThis, name),
    has: (target, name) => name in target || name in globalThis,
  });
}
