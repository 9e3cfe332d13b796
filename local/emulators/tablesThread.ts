import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import {
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { parseJson } from '../../common/json.ts';
import { giveMemoryBackWhenIdle } from '../idleMemory.ts';
import { guardServer } from '../loopbackGuard.ts';
import type { EmulatorMessage } from './emulatorThread.ts';
import { mendedDynalite } from './mendedTables.ts';

const HOST = '127.0.0.1';
/** What is longer, dynalite refuses. */
const KEPT_BYTES = 16 * 1024 * 1024 + 1;
/** DynamoDB takes 32 levels of attributes, two of JSON each, and its own around them. */
const MAX_JSON_LEVELS = 80;
const [LIST, OBJECT] = Buffer.from('[{');

giveMemoryBackWhenIdle();
const dynalite = mendedDynalite();
const [{ dataDir }] = (await once(parentPort as MessagePort, 'message')) as [{ dataDir?: string }];
const server = dynalite({
  createTableMs: 0,
  deleteTableMs: 0,
  updateTableMs: 0,
  ...(dataDir === undefined ? {} : { path: dataDir }),
});
const dynaliteHandler = server.listeners('request')[0] as RequestListener;
const answer = (message: EmulatorMessage) => parentPort?.postMessage(message);
/** Whose request runs, for what is thrown after a look into the store. */
const asked = new AsyncLocalStorage<ServerResponse>();

server.removeAllListeners('request');
server.on('request', (request, response) => void serve(request, response));
guardServer(server, HOST);
process.on('uncaughtException', (error) => {
  const response = asked.getStore();
  if (response === undefined) throw error;
  refuse(response, error);
});

server.once('error', (error: Error) => answer({ failed: error.message }));
server.listen(0, HOST, async () => {
  const listening = (server.address() as AddressInfo).port;
  const fault = await storeFault(listening);
  answer(fault === undefined ? { listening } : { failed: fault });
});
parentPort?.once('message', () => {
  server.closeAllConnections();
  server.close(() => process.exit(0));
});

/** dynalite opens its folder in silence: the first request shows whether it could. */
async function storeFault(port: number): Promise<string | undefined> {
  const credential = 'Credential=local/19700101/local/dynamodb/aws4_request';
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.ListTables',
    'x-amz-date': '19700101T000000Z',
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=none`,
  };
  const asking = httpRequest({ host: HOST, port, method: 'POST', headers, agent: false }).end('{}');
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  response.resume();
  if (response.statusCode === 200) return undefined;
  return `${dataDir} cannot be opened: another process has it open, or it is damaged`;
}

/** dynalite throws on a body that breaks off and on shapes it does not expect: it gets whole bodies, and is caught. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await wholeBody(request);
  if (body === undefined) return;
  const { method, url } = request;
  // To an origin it would answer that every page may read.
  const headers = { ...request.headers, origin: undefined };
  const whole = Object.assign(new EventEmitter(), { method, url, headers });
  asked.run(response, () => {
    try {
      if (isTooDeep(body)) throw new Error('nested too deeply');
      dynaliteHandler(whole as IncomingMessage, response as Parameters<RequestListener>[1]);
      if (body.length > 0) whole.emit('data', body);
      whole.emit('end');
    } catch (error) {
      refuse(response, error);
    }
  });
}

async function wholeBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (bytes < KEPT_BYTES) chunks.push(chunk);
      bytes += chunk.length;
    }
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}

/** A body that opens fewer lists and objects than may be inside each other is not read for it. */
const isTooDeep = (body: Buffer): boolean =>
  openings(body) > MAX_JSON_LEVELS && isDeeper(parseJson(String(body)), MAX_JSON_LEVELS);

function openings(body: Buffer): number {
  let count = 0;
  for (const byte of body) if (byte === LIST || byte === OBJECT) count += 1;
  return count;
}

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((child) => isDeeper(child, levels - 1)));

/** AWS refuses shapes that dynalite throws on; only a fault of the store is the server's own. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return;
  const { code = '', message } = error as { code?: string; message: string };
  const [status, type] = /^LEVEL_(?!INVALID)/.test(code)
    ? ([500, 'InternalServerError'] as const)
    : ([400, 'SerializationException'] as const);
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }));
}
