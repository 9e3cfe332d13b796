import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import workerThreads, { isMainThread, type WorkerOptions } from 'node:worker_threads';
import { type Part, Parts } from '../../local/parts.ts';
import { failing } from '../../local/testing/failing.ts';

/**
 * Loaded into a service by `--import`. Tells of its parts and threads as they begin; fails the part FAIL_PART, with a
 * TypeError if FAULT is one; ends the thread SILENT_THREAD as it begins, and the thread KILL_THREAD on SIGUSR2.
 */
const { MOMENTS_FILE = '', FAIL_PART, FAULT, KILL_THREAD, SILENT_THREAD } = process.env;

const tell = (moment: string) =>
  appendFileSync(MOMENTS_FILE, `${JSON.stringify([Date.now(), moment])}\n`);

class ToldWorker extends workerThreads.Worker {
  constructor(script: string | URL, options?: WorkerOptions) {
    super(script, options);
    const name = path.basename(String(script), '.ts');
    tell(name);
    if (name === SILENT_THREAD) void this.terminate();
    if (name === KILL_THREAD) process.once('SIGUSR2', () => void this.terminate());
  }
}

const { start } = Parts.prototype;

function toldStart<Started>(this: Parts, part: Part<Started>): Promise<Started> {
  tell(part.name);
  const fault = FAULT === 'TypeError' ? new TypeError('a fault of ours') : new Error('on purpose');
  return Reflect.apply(start, this, [part.name === FAIL_PART ? failing(part, fault) : part]);
}

if (isMainThread && MOMENTS_FILE !== '') {
  tell('loading');
  Parts.prototype.start = toldStart;
  workerThreads.Worker = ToldWorker;
  syncBuiltinESMExports();
}
