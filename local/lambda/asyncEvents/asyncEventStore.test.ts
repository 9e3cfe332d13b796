import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { FinishedInvocation } from '../functions/invocation.ts';
import { FAILED, queueOf, SUCCEEDED } from '../testing/asyncQueue.ts';
import { ManualClock, settle } from '../testing/manualClock.ts';
import { sqliteEventStore } from './asyncEventStore.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const folder = mkdtempSync(path.join(tmpdir(), 'event-store-'));
let files = 0;
const newFile = () => path.join(folder, `${files++}.sqlite`);

afterAll(() => rmSync(folder, { recursive: true }));

const SAVING = `
  import { sqliteEventStore } from '${new URL('./asyncEventStore.ts', import.meta.url)}';
  const store = sqliteEventStore(process.argv[1]);
  for (const requestId of ['r1', 'r2', 'r3']) store.save({ requestId, payload: '{}' });
  store.remove('r2');
  console.log('saved');
  setInterval(() => undefined, 1000);`;

describe('asynchronous events in a data directory', () => {
  it('survive the end of the process with their attempts, and are tried when they are due', async () => {
    const file = newFile();
    const clock = new ManualClock();
    const before = queueOf({ answer: FAILED, clock, store: sqliteEventStore(file) });
    before.queue.accept('work', '{"order":7}', 'r1');
    await clock.advance(30 * SECOND);
    before.queue.halt();

    const after = queueOf({ answer: FAILED, clock, store: sqliteEventStore(file) });
    after.queue.start();
    expect(after.queue.payloads()).toEqual(['{"order":7}']);
    await clock.advance(HOUR);

    expect(after.times()).toEqual([30 * SECOND, 150 * SECOND]);
  });

  it('are as old after a restart as they were before, whichever was tried last', async () => {
    const file = newFile();
    const clock = new ManualClock();
    const before = queueOf({ answer: FAILED, clock, store: sqliteEventStore(file) });
    before.queue.accept('work', '{}', 'r1');
    await clock.advance(30 * SECOND);
    before.queue.accept('work', '{}', 'r2');
    await clock.advance(35 * SECOND);
    const { oldestAgeMs } = before.queue.counts('work');
    before.queue.halt();

    const after = queueOf({ answer: FAILED, clock, store: sqliteEventStore(file) });
    after.queue.start();

    expect(oldestAgeMs).toBe(65 * SECOND);
    expect(after.queue.counts('work').oldestAgeMs).toBe(oldestAgeMs);
  });

  it('survive in the middle of an attempt, and are gone once they have reached their end', async () => {
    const file = newFile();
    const before = queueOf({
      answer: () => new Promise(() => undefined),
      store: sqliteEventStore(file),
    });
    before.queue.accept('work', '{}', 'r1');
    await settle();
    expect(before.queue.counts('work')).toMatchObject({ running: 1, waiting: 0 });

    const after = queueOf({ answer: SUCCEEDED, store: sqliteEventStore(file) });
    after.queue.start();
    await after.clock.advance(0);
    await after.queue.close();

    expect(after.times()).toEqual([0]);
    expect(sqliteEventStore(file).all()).toEqual([]);
  });

  it('of a function that is not here wait in the store until it is again, and are told', async () => {
    const file = newFile();
    const before = queueOf({ answer: FAILED, store: sqliteEventStore(file) });
    before.queue.accept('work', '{"order":7}', 'r1');
    before.queue.halt();

    const renamed = queueOf({
      answer: SUCCEEDED,
      store: sqliteEventStore(file),
      functionNames: ['other'],
    });
    renamed.queue.start();
    await renamed.clock.advance(HOUR);
    await renamed.queue.close();
    const back = queueOf({ answer: SUCCEEDED, store: sqliteEventStore(file) });
    back.queue.start();
    await back.clock.advance(0);

    expect(renamed.attempts).toEqual([]);
    expect(renamed.faults).toEqual([
      'Asynchronous events of an earlier run (1) wait for work, which is not here: they are kept until it is',
    ]);
    expect(back.attempts).toMatchObject([{ payload: '{"order":7}' }]);
  });

  it('do not count an attempt that the stop itself has ended', async () => {
    const file = newFile();
    let end = (_response: FinishedInvocation) => {};
    const answer = () =>
      new Promise<FinishedInvocation>((resolve) => {
        end = resolve;
      });
    const { queue } = queueOf({ answer, store: sqliteEventStore(file) });
    queue.accept('work', '{}', 'r1');
    await settle();

    queue.halt();
    end(FAILED());
    await queue.close();

    expect(sqliteEventStore(file).all()).toMatchObject([{ requestId: 'r1', failedAttempts: 0 }]);
  });

  it('are there after the process was killed', async () => {
    const file = newFile();
    const saving = spawn(process.execPath, ['--input-type=module', '-e', SAVING, file]);
    await once(saving.stdout, 'data');

    saving.kill('SIGKILL');
    await once(saving, 'exit');
    const store = sqliteEventStore(file);

    expect(store.all().map(({ requestId }) => requestId)).toEqual(['r1', 'r3']);
    store.close();
  });
});
