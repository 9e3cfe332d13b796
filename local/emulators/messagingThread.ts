import { Server } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { startFauxqs } from 'fauxqs';
import type { EmulatorMessage } from './emulatorThread.ts';

/** fauxqs listens on every interface and has no option for it; nothing of ours may be reached from outside. */
const listen = Server.prototype.listen as (this: Server, ...rest: unknown[]) => Server;
Server.prototype.listen = function listenOnLoopback(
  this: Server,
  options: unknown,
  ...rest: unknown[]
) {
  return listen.call(this, { ...(options as object), host: '127.0.0.1' }, ...rest);
};

const answer = (message: EmulatorMessage) => parentPort?.postMessage(message);

try {
  const { dataDir, region } = workerData as { dataDir?: string; region: string };
  const server = await startFauxqs({
    port: 0,
    logger: false,
    defaultRegion: region,
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  parentPort?.once('message', async () => {
    await server.stop();
    process.exit(0);
  });
  answer({ listening: server.port });
} catch (error) {
  answer({ failed: (error as Error).message });
}
