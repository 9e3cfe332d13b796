import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import dynalite from 'dynalite';
import type { EmulatorMessage } from './emulatorThread.ts';

const { dataDir } = workerData as { dataDir?: string };
const server = dynalite({
  createTableMs: 0,
  deleteTableMs: 0,
  updateTableMs: 0,
  ...(dataDir === undefined ? {} : { path: dataDir }),
});
const answer = (message: EmulatorMessage) => parentPort?.postMessage(message);

server.once('error', (error: Error) => answer({ failed: error.message }));
server.listen(0, '127.0.0.1', () => answer({ listening: (server.address() as AddressInfo).port }));
parentPort?.once('message', () => {
  server.closeAllConnections();
  server.close(() => process.exit(0));
});
