import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import workerThreads, { isMainThread, type WorkerOptions } from 'node:worker_threads';
import { type Part, Parts } from '../../local/parts.ts';
import { failing } from '../../local/testing/failing.ts';

/**
 * Loaded into a service by `--import`. Tells of its parts and threads as they begin; fails the part FAIL_PART, with a
 * TypeError if FAULT is one; holds the start in the part HOLD_PART until SIGINT; ends the thread SILENT_THREAD as it
 * begins, and the thread KILL_THREAD on SIGUSR2.
 */
const { MOMENTS_FILE = '', FAIL_PART, FAULT, HOLD_PART, KILL_THREAD, SILENT_THREAD } = process.env;

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
  const fault = FAULT === 'TypeError' ? new TypeError('a fault of ours') : new Error('on purpose');
  const told =
    part.name === FAIL_PART ? failing(part, fault) : part.name === HOLD_PART ? held(part) : part;
  const started = Reflect.apply(start, this, [told]);
  tell(part.name);
  return started;
}

/** The part as it is when it takes long: it does what it does, and the next one waits. */
function held<Started>(part: Part<Started>): Part<Started> {
  return {
    ...part,
    start: async () => {
      const interrupted = once(process, 'SIGINT');
      const started = await part.start();
      await interrupted;
      return started;
    },
  };
}

if (isMainThread && MOMENTS_FILE !== '') {
  tell('loading');
  Parts.prototype.start = toldStart;
  workerThreads.Worker = ToldWorker;
  syncBuiltinESMExports();
}
