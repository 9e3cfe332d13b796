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

/** fauxqs refuses characters beyond U+FFFF (an emoji), which SQS takes: its expression sees each half of them alone. */
const types = await import(new URL('./sqs/sqsTypes.js', import.meta.resolve('fauxqs')).href);
const invalid = types.INVALID_MESSAGE_BODY_CHAR as RegExp;
invalid.compile(invalid.source.replace(']', '\\u{10000}-\\u{10FFFF}]'), 'u');

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
