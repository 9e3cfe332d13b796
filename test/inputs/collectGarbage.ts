import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import workerThreads, { isMainThread, type WorkerOptions } from 'node:worker_threads';

/**
 * Loaded into a service by `--import`: each of its threads collects its garbage when the file COLLECT_GARBAGE_FILE says
 * something new. What is left is what the service holds; when Node.js collects by itself, nobody can tell.
 */
const LOOK_EVERY_MS = 200;
const COLLECT_GARBAGE_FILE = process.env.COLLECT_GARBAGE_FILE ?? '';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (how: object) => void;
let last = textOf(COLLECT_GARBAGE_FILE);

setInterval(() => {
  const asked = textOf(COLLECT_GARBAGE_FILE);
  if (asked === last) return;
  last = asked;
  // As when memory runs out: pages that hold nothing go back, too.
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}, LOOK_EVERY_MS).unref();

/** The threads of functions take neither options nor variables of the process, and a script from memory no `--import`. */
class CollectingWorker extends workerThreads.Worker {
  constructor(script: string | URL, { execArgv = [], env, ...options }: WorkerOptions = {}) {
    const isFunction = options.eval === true;
    super(script, {
      ...options,
      execArgv: isFunction
        ? [...execArgv, `--require=${fileURLToPath(import.meta.url)}`]
        : execArgv,
      env: isFunction ? { ...(env as object), COLLECT_GARBAGE_FILE } : env,
    });
  }
}

if (isMainThread) {
  workerThreads.Worker = CollectingWorker;
  syncBuiltinESMExports();
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
