import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadyFile } from '../../contracts/readyFile.ts';

/** Stands in for `sls local`: says that it is ready, unless --never-ready, and waits for its end. With --fails it ends at once. */
if (process.argv.includes('--fails')) process.exit(3);
const file = process.argv[process.argv.indexOf('--ready-file') + 1] ?? '';
process.on('SIGINT', () => process.exit(0));
if (!process.argv.includes('--never-ready')) {
  const nowhere = 'http://127.0.0.1:9';
  const ready: ReadyFile = {
    pid: process.pid,
    api: nowhere,
    console: nowhere,
    endpoints: { sns: nowhere, sqs: nowhere, dynamodb: nowhere, lambda: nowhere },
    outputs: {},
  };
  writeFileSync(`${file}.new`, JSON.stringify(ready));
  renameSync(`${file}.new`, file);
}
await sleep(60_000);
