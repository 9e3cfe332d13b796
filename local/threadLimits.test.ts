import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const MODULE = new URL('./threadLimits.ts', import.meta.url).href;
const ROWS = 50_000;
const ROW_BYTES = 340;

/** The flag is its process's. A thread writes each of its rows five times, and tells the most that its heap took. */
const PROCESS = `
  import { once } from 'node:events';
  import { Worker } from 'node:worker_threads';
  import { collectSooner, YOUNG_GENERATION } from '${MODULE}';
  const thread = \`
    import { getHeapStatistics } from 'node:v8';
    import { parentPort } from 'node:worker_threads';
    const row = (index) => JSON.stringify({ index, text: 'x'.repeat(${ROW_BYTES - 40}) });
    const rows = Array.from({ length: ${ROWS} }, (_, index) => row(index));
    let mostBytes = 0;
    for (let write = 0; write < 5 * ${ROWS}; write += 1) {
      rows[(write * 7919) % ${ROWS}] = row(write);
      if (write % 1000 === 0) mostBytes = Math.max(mostBytes, getHeapStatistics().used_heap_size);
    }
    parentPort.postMessage(mostBytes);\`;
  collectSooner();
  const worker = new Worker(thread, { eval: true, resourceLimits: YOUNG_GENERATION });
  const [mostBytes] = await once(worker, 'message');
  console.log(mostBytes);`;

describe('A thread whose rows are written anew all the time', () => {
  it('takes less than four times what its rows take', async () => {
    const args = [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '--eval',
      PROCESS,
    ];

    const { stdout } = await promisify(execFile)(process.execPath, args);

    expect(Number(stdout) / (ROWS * ROW_BYTES)).toBeLessThan(4);
  });
});
