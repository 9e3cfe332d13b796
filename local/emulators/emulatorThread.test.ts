import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { EmulatorThread, messagingThread, tablesThread } from './emulatorThread.ts';

/** Between its settings and the next message it does what the code says. */
const thread = (code: string) =>
  new EmulatorThread(
    'emulator',
    new URL(
      `data:text/javascript,${encodeURIComponent(
        `import { parentPort } from 'node:worker_threads';
         parentPort.once('message', () => {
           parentPort.on('message', () => process.exit(0));
           ${code}
         });`,
      )}`,
    ),
    {},
  );

describe('The start of an emulator', () => {
  it.each([
    ['ends in silence', 'process.exit(0)', 'its thread ended with code 0'],
    ['throws', 'throw new TypeError("no such thing")', 'no such thing'],
    [
      'says that it failed',
      'parentPort.postMessage({ failed: "the disk is full" })',
      'disk is full',
    ],
  ])('fails when its thread %s, and can be stopped', async (_what, code, text) => {
    const emulator = thread(code);

    await expect(emulator.start()).rejects.toThrow(text);
    await emulator.stop();
  });

  it.each([
    ['tables', tablesThread, 'CURRENT'],
    ['messages', (folder: string) => messagingThread('eu-west-1', folder), 'fauxqs.db'],
  ])('fails when the folder of its %s is damaged', async (_what, emulatorOf, file) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'damaged-'));
    writeFileSync(path.join(folder, file), 'no database '.repeat(1000));
    const emulator = emulatorOf(folder);

    await expect(emulator.start()).rejects.toThrow(/is damaged|not a database/);
    await emulator.stop();
    rmSync(folder, { recursive: true });
  });

  it('is broken off by a stop', async () => {
    const emulator = thread('');
    const started = emulator.start();

    await Promise.all([expect(started).rejects.toThrow('its thread ended'), emulator.stop()]);
  });
});

describe('An emulator that runs', () => {
  const running = 'parentPort.postMessage({ listening: 4100 });';

  it('is stopped', async () => {
    const emulator = thread(running);

    expect(await emulator.start()).toBe('http://127.0.0.1:4100');
    await emulator.stop();
  });

  it('tells why it ended by itself, and a stop does not wait for it again', async () => {
    // A fault may overtake what the thread said before it, so it comes once the start has been heard of.
    const faults = new BroadcastChannel('emulator faults');
    const emulator = thread(
      `new BroadcastChannel('emulator faults').onmessage = () => { throw new Error('a bad request') };
       ${running}`,
    );
    await emulator.start();
    faults.postMessage('');
    faults.close();

    expect(await emulator.ended).toMatchObject({ message: 'a bad request' });
    await emulator.stop();
  });

  it('is ended when it does not stop', async () => {
    const emulator = thread(`${running} setTimeout(() => { while (true); })`);
    await emulator.start();

    await emulator.stop();
  });
});
