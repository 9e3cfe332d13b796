import { AsyncLocalStorage } from 'node:async_hooks';
import type vm from 'node:vm';
import type { Resources } from './resources.ts';

interface Environment {
  readonly id: number;
  readonly resources: Resources;
  /** Globals of this environment alone: its own `process`, and what its code has set on `globalThis`. */
  readonly globals: Record<PropertyKey, unknown>;
  readonly variables: Record<string, string>;
  /** As `Date.now` counts. */
  readonly startedAt: number;
  workingDirectory: string;
  /** Its `/tmp`, made when it is first needed. */
  readonly temporaryFolder: string;
  /** Takes an error that nobody caught. */
  fail(thrown: unknown, errorType?: string): void;
  importModule(specifier: string, parent: string, type?: string): Promise<vm.Module>;
}

/** Which execution environment the code that runs now belongs to: compiled code and the thread are shared by many. */
export const currentEnvironment = new AsyncLocalStorage<Environment>();
