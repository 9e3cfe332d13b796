import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from '@jest/globals';
import { cpuMsByThread, msPerOrder } from './threadCpu.ts';

const BUSY = `
  while (process.threadCpuUsage().user < 100_000);
  require('node:worker_threads').parentPort.on('message', () => {}).postMessage('done');
`;

(process.platform === 'linux' ? it : it.skip)(
  'what a thread has taken is told by its name',
  async () => {
    const before = cpuMsByThread(process.pid);
    const worker = new Worker(BUSY, { eval: true, name: 'busy' });
    await once(worker, 'message');

    const threads = msPerOrder(before, cpuMsByThread(process.pid), 10);
    await worker.terminate();

    expect(new Map(threads).get('busy')).toBeGreaterThanOrEqual(10);
  },
);
