import { parentPort } from 'node:worker_threads';
import { sealEntropy } from '../../sealedEntropy.ts';
import { type Task, work } from './tasks.ts';

const seal = sealEntropy();

parentPort?.on('message', async (task: Task) => parentPort?.postMessage(await work(task, seal)));
