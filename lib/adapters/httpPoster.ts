import { Agent, type IncomingMessage, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { CONNECTION_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from './awsLimits.ts';

/** As many as the SDK opens to one endpoint. */
const MOST_SOCKETS = 50;

export interface HttpAnswer {
  status: number;
  text: string;
}

/** POSTs to one address over connections that are kept, each within the time limits of every client. */
export function httpPoster(url: URL) {
  const isTls = url.protocol === 'https:';
  const agent = new (isTls ? TlsAgent : Agent)({ keepAlive: true, maxSockets: MOST_SOCKETS });
  const target = {
    ...{ method: 'POST', host: url.hostname, port: url.port, path: url.pathname, agent },
  };
  const send = isTls ? tlsRequest : request;

  const post = (headers: object, body: string): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const sent = send({ ...target, headers: { ...headers } }, (answer) => {
        read(answer, (text) => resolve({ status: answer.statusCode ?? 0, text }), reject);
      });
      // An environment that was frozen sees its timers before the answer that has come meanwhile, which is read first.
      const giveUp = (afterMs: number) =>
        setTimeout(() => setImmediate(() => sent.destroy(timeoutError(afterMs))), afterMs);
      const timer = giveUp(REQUEST_TIMEOUT_MS);
      sent.once('error', reject).once('close', () => clearTimeout(timer));
      sent.once('socket', (socket: Socket) => {
        if (!socket.connecting) return;
        const connecting = giveUp(CONNECTION_TIMEOUT_MS);
        socket.once('connect', () => clearTimeout(connecting));
        sent.once('close', () => clearTimeout(connecting));
      });
      sent.end(body);
    });

  return { post, destroy: () => agent.destroy() };
}

function read(
  answer: IncomingMessage,
  resolve: (text: string) => void,
  reject: (error: Error) => void,
): void {
  let text = '';
  answer.setEncoding('utf8');
  answer.on('data', (part: string) => {
    text += part;
  });
  answer.once('end', () => resolve(text)).once('error', reject);
}

const timeoutError = (afterMs: number): Error =>
  Object.assign(new Error(`no answer within ${afterMs} ms`), { name: 'TimeoutError' });
