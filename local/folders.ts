import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

let own: string | undefined;

/**
 * Gives this process, and those it starts from now on, a temporary folder of their own that goes with the process: the
 * packaging plugin leaves a folder for every function in the one it finds.
 */
export function useOwnTemporaryFolder(): void {
  if (own !== undefined) return;
  const folder = mkdtempSync(path.join(tmpdir(), 'sls-'));
  own = folder;
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
}

/** With its parents. Node.js's own way never ends where a parent can hold no folder (`/proc/x/y`). */
export function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder);
}
