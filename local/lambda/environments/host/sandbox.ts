import console from 'node:console';
import process from 'node:process';
import workerThreads from 'node:worker_threads';
import type { Output } from './output.ts';
import type { ExitCause, LocalEndpoints } from './protocol.ts';
import type { Resources } from './resources.ts';
import { sandboxProcess } from './sandboxProcess.ts';
import { sandboxTimers } from './sandboxTimers.ts';
import { isTracked, trackedFetch, trackedModule } from './trackedModules.ts';

export interface Sandbox {
  process: NodeJS.Process;
  /** What the function's code has in place of the thread's globals. */
  globals: Record<PropertyKey, unknown>;
  builtin: (name: string) => unknown;
}

interface SandboxOptions {
  variables: Record<string, string>;
  output: Output;
  resources: Resources;
  endpoints: LocalEndpoints | undefined;
  onExit: (cause: ExitCause) => void;
  changeDirectory: (folder: string) => void;
}

/** The globals and built-in modules of one execution environment. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { output, resources, endpoints } = options;
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
    if (isTracked(bare)) return trackedModule(bare, resources, endpoints);
    return replaced[bare]?.() ?? process.getBuiltinModule(name);
  };
  const process_ = sandboxProcess({ ...options, getBuiltinModule: builtin });
  const own = {
    process: process_,
    console: output.console,
    fetch: trackedFetch(resources, endpoints),
  };
  const globals: Record<PropertyKey, unknown> = Object.assign(Object.create(null), own, timers);
  return { process: process_, globals, builtin };
}
