import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';

const MODULE = new URL('./idleMemory.ts', import.meta.url).href;
const LOOK_EVERY_MS = 50;

/** Tells what its heap takes: when it has made garbage, and whenever that has changed. */
const THREAD = `
  import { giveMemoryBackWhenIdle } from '${MODULE}';
  import { getHeapStatistics } from 'node:v8';
  import { parentPort } from 'node:worker_threads';
  giveMemoryBackWhenIdle(${LOOK_EVERY_MS});
  const made = Array.from({ length: 400_000 }, (_, index) => ({ index }));
  made.length = 0;
  setInterval(() => parentPort.postMessage(getHeapStatistics().total_physical_size), 20);`;

describe('A thread that has nothing to do', () => {
  it('gives back what its garbage took', async () => {
    const script = new URL(`data:text/javascript,${encodeURIComponent(THREAD)}`);
    const worker = new Worker(script, { execArgv: ['--disable-warning=ExperimentalWarning'] });
    const nextBytes = async () => (await once(worker, 'message'))[0] as number;
    const before = await nextBytes();

    let after = before;
    while (after > before / 2) after = await nextBytes();

    expect(after).toBeLessThan(before / 2);
    await worker.terminate();
  });

  it('leaves no collector behind for the code that runs in it', async () => {
    const code = `import { giveMemoryBackWhenIdle } from '${MODULE}';
      import { runInNewContext } from 'node:vm';
      import { parentPort } from 'node:worker_threads';
      giveMemoryBackWhenIdle();
      parentPort.postMessage(runInNewContext('typeof gc'));`;
    const script = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const worker = new Worker(script, { execArgv: ['--disable-warning=ExperimentalWarning'] });

    expect((await once(worker, 'message'))[0]).toBe('undefined');
    await worker.terminate();
  });

  it('starts beside others that start in the same moment', async () => {
    const code = `import { giveMemoryBackWhenIdle } from '${MODULE}';
      for (let start = 0; start < 200; start++) giveMemoryBackWhenIdle();
      process.exit();`;
    const script = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const start = () => new Worker(script, { execArgv: ['--disable-warning=ExperimentalWarning'] });

    const ends = await Promise.all(Array.from({ length: 4 }, () => once(start(), 'exit')));

    expect(ends).toEqual([[0], [0], [0], [0]]);
  });
});
