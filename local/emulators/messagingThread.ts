import { once } from 'node:events';
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'node:net';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { startFauxqs } from 'fauxqs';
import { requestTarget } from '../httpServer.ts';
import { giveMemoryBackWhenIdle } from '../idleMemory.ts';
import { guardServer } from '../loopbackGuard.ts';
import type { EmulatorMessage } from './emulatorThread.ts';
import { mendMessaging } from './mendedMessaging.ts';

interface Settings {
  dataDir: string | undefined;
  region: string;
}

const HOST = '127.0.0.1';
const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.0' };

/** fauxqs listens on every interface and has no option for it; nothing of ours may be reached from outside. */
const listen = Server.prototype.listen as (this: Server, ...rest: unknown[]) => Server;
Server.prototype.listen = function listenOnLoopback(
  this: Server,
  options: unknown,
  ...rest: unknown[]
) {
  this.prependListener('request', adapt);
  guardServer(this as HttpServer, HOST);
  return listen.call(this, { ...(options as object), host: HOST }, ...rest);
};

/** fauxqs knows no target in absolute form, and fails on types that it does not expect, where AWS refuses them. */
function adapt(request: IncomingMessage, response: ServerResponse): void {
  const { encodedPath, query } = requestTarget(request.url);
  request.url = query === '' ? encodedPath : `${encodedPath}?${query}`;
  const { writeHead, end } = response;
  response.writeHead = ((...head: [number]) => {
    if (head[0] < 500) return Reflect.apply(writeHead, response, head);
    const refusal = JSON.stringify({ __type: 'SerializationException' });
    response.end = () => Reflect.apply(end, response, [refusal]);
    response.removeHeader('content-length');
    return Reflect.apply(writeHead, response, [400, JSON_TYPE]);
  }) as typeof writeHead;
}

giveMemoryBackWhenIdle();
mendMessaging();

const answer = (message: EmulatorMessage) => parentPort?.postMessage(message);

try {
  const [{ dataDir, region }] = (await once(parentPort as MessagePort, 'message')) as [Settings];
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
