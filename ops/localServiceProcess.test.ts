import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LocalService } from './localServiceProcess.ts';

const script = join(import.meta.dirname, 'testing/fakeService.ts');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('a local service', () => {
  it('does not take the ready file of an earlier run for that of its own', async () => {
    const readyFile = join(folder, 'ready.json');
    await writeFile(readyFile, '{"pid":1,"api":"http://127.0.0.1:1"}');
    const service = new LocalService({ readyFile, script, flags: ['--fails'] });

    await expect(service.start()).rejects.toThrow('The service ended with exit code 3.');
    await service.remove();
  });

  it('tells when it ends without having been asked to, and not when it was', async () => {
    const killed = new LocalService({ script });
    const stopped = new LocalService({ script });
    const { pid } = await killed.start();
    await stopped.start();

    process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => killed.gone.addEventListener('abort', resolve));
    await Promise.all([stopped.remove(), killed.remove()]);

    expect(killed.gone.reason).toMatchObject({
      message: expect.stringMatching(/^The service was ended by SIGKILL\.\nIts log /),
    });
    expect(stopped.gone.aborted).toBe(false);
  });

  it('is ended when its start is given up', async () => {
    const service = new LocalService({ script, flags: ['--never-ready'] });
    const start = service.start(AbortSignal.timeout(100));

    await expect(start).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(service.gone.aborted).toBe(false);
    await service.remove();
  });
});
