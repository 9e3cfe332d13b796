import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into every thread of a service by `--import`: collects its garbage when the file COLLECT_GARBAGE_FILE says
 * something new. What is left is what the service holds; when Node.js collects by itself, nobody can tell.
 */
const LOOK_EVERY_MS = 200;
const file = process.env.COLLECT_GARBAGE_FILE ?? '';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (how: object) => void;
let last = '';

setInterval(() => {
  const asked = textOf(file);
  if (asked === last) return;
  last = asked;
  // As when memory runs out: pages that hold nothing go back, too.
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}, LOOK_EVERY_MS).unref();

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
