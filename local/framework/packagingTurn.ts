import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, isRunning } from '../../common/processes.ts';
import { UsageError } from '../../common/usageError.ts';
import { makeFolder } from '../folders.ts';

const LOOK_AGAIN_MS = 50;

/**
 * One packaging at a time in a service's folder: all of them use its `.serverless` and `.esbuild`, and each begins by
 * emptying what another may still be zipping. A file holds the process id of whose turn it is.
 */
export class PackagingTurn {
  readonly #folder: string;
  readonly #file: string;
  #isMine = false;

  constructor(serviceDirectory: string) {
    this.#folder = path.join(serviceDirectory, '.local');
    this.#file = path.join(this.#folder, 'packaging.pid');
  }

  /** Waits for it; the end of this process gives it back. Throws UsageError after `limitMs`. */
  async take(limitMs: number, onWait: (text: string) => void): Promise<void> {
    makeFolder(this.#folder);
    for (const end = Date.now() + limitMs; ; await sleep(LOOK_AGAIN_MS)) {
      const holder = this.#tryToTake();
      if (this.#isMine) return;
      if (Date.now() > end)
        throw new UsageError(
          `Process ${holder ?? 'unknown'} has been packaging here for over ${limitMs / 1000} s. End it, or remove ${this.#file}.`,
        );
      if (holder !== undefined) onWait(`Waiting for process ${holder}, which is packaging here`);
    }
  }

  giveBack(): void {
    if (this.#isMine) rmSync(this.#file, { force: true });
    this.#isMine = false;
  }

  /** The process that has it, if one has. */
  #tryToTake(): number | undefined {
    const own = `${this.#file}.${process.pid}`;
    writeFileSync(own, String(process.pid));
    try {
      linkSync(own, this.#file);
      this.#isMine = true;
      process.once('exit', () => this.giveBack());
      return undefined;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      return this.#runningHolder(own);
    } finally {
      rmSync(own, { force: true });
    }
  }

  /** What a process that was killed left is put aside: of two that try, one can move it. */
  #runningHolder(aside: string): number | undefined {
    const holder = read(this.#file);
    if (holder === undefined || isRunning(holder)) return holder;
    try {
      renameSync(this.#file, aside);
      if (read(aside) !== holder) linkSync(aside, this.#file);
    } catch (error) {
      // Another has put it aside, or has the turn already.
      if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) throw error;
    }
    return undefined;
  }
}

function read(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
