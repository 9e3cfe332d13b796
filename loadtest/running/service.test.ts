import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startService } from './service.ts';

const script = join(import.meta.dirname, '../testing/fakeService.ts');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('startService', () => {
  it('does not take the ready file of an earlier run for that of its own', async () => {
    await writeFile(join(folder, 'service-ready.json'), '{"pid":1,"api":"http://127.0.0.1:1"}');
    const args = ['--fails'];

    await expect(startService({ folder, name: 'service', script, args })).rejects.toThrow(
      'The service ended with exit code 3.',
    );
  });

  it('tells when the service ends without having been asked to, and not when it was', async () => {
    const killed = await startService({ folder, name: 'killed', script });
    const stopped = await startService({ folder, name: 'stopped', script });

    process.kill(killed.ready.pid, 'SIGKILL');
    await new Promise((resolve) => killed.gone.addEventListener('abort', resolve));
    await stopped.stop();

    expect(killed.gone.reason).toMatchObject({
      message: expect.stringMatching(/^The service was ended by SIGKILL\.\nIts log /),
    });
    expect(stopped.gone.aborted).toBe(false);
  });
});
