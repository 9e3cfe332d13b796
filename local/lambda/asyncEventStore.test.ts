import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { sqliteEventStore } from './asyncEventStore.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'event-store-'));

afterEach(() => rmSync(folder, { recursive: true }));

const SAVING = `
  import { sqliteEventStore } from '${new URL('./asyncEventStore.ts', import.meta.url)}';
  const store = sqliteEventStore(process.argv[1]);
  for (const requestId of ['r1', 'r2', 'r3']) store.save({ requestId, payload: '{}' });
  store.remove('r2');
  console.log('saved');
  setInterval(() => undefined, 1000);`;

it('an accepted event is there after the process was killed', async () => {
  const file = path.join(folder, 'events.sqlite');
  const saving = spawn(process.execPath, ['--input-type=module', '-e', SAVING, file]);
  await once(saving.stdout, 'data');

  saving.kill('SIGKILL');
  await once(saving, 'exit');
  const store = sqliteEventStore(file);

  expect(store.all().map(({ requestId }) => requestId)).toEqual(['r1', 'r3']);
  store.close();
});
