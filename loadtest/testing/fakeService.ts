import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Stands in for `sls local`: says that it is ready, and waits for its end. With --fails it ends at once. */
if (process.argv.includes('--fails')) process.exit(3);
const file = process.argv[process.argv.indexOf('--ready-file') + 1] ?? '';
writeFileSync(file, JSON.stringify({ pid: process.pid, api: 'http://127.0.0.1:9' }));
process.on('SIGINT', () => process.exit(0));
await sleep(60_000);
