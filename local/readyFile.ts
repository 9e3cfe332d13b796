import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ReadyFile } from '../contracts/readyFile.ts';
import { makeFolder } from './folders.ts';

/** Written beside its place and then moved there, so that a reader never finds half of it. */
export function writeReadyFile(file: string, ready: ReadyFile): void {
  makeFolder(path.dirname(path.resolve(file)));
  const draft = `${file}.${ready.pid}`;
  writeFileSync(draft, `${JSON.stringify(ready, null, 2)}\n`);
  renameSync(draft, file);
}

export function removeReadyFile(file: string): void {
  rmSync(file, { force: true });
}
