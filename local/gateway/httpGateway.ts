import { createServer, type ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import type { GatewayStats } from '../../contracts/runtimeStats.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type Listening, listen, stop } from '../httpServer.ts';
import { type Access, compileAccessLog } from './accessLog.ts';
import { readHead } from './gatewayRequest.ts';
import { StatsRecorder } from './gatewayStats.ts';
import { createRequestHandler, type HandlerOptions, identityOf } from './handleRequest.ts';
import { type GatewayAnswer, unservable } from './lambdaIntegration.ts';
import { ClientGoneError } from './requestBody.ts';

export interface HttpGatewayOptions extends Omit<HandlerOptions, 'clock'> {
  clock?: Clock;
  /** One line a request, only where the API's stage has an access log format. */
  onAccess?: (line: string) => void;
}

export interface HttpGateway {
  listen(port: number | NetServer, host: string): Promise<Listening>;
  /** Takes no new connection, and gives running requests `graceMs` before they are cut. */
  stop(graceMs: number): Promise<void>;
  stats(): GatewayStats;
}

/** Beyond this node:http answers 431 by itself, without a body. */
const LONGEST_HEAD_READ_BYTES = 65_536;
const KEEP_ALIVE_MS = 60_000;

/** Serves an HTTP API of the template as API Gateway does. */
export function createHttpGateway(options: HttpGatewayOptions): HttpGateway {
  const clock = options.clock ?? systemClock;
  const stats = new StatsRecorder();
  const handle = createRequestHandler({ ...options, clock });
  const logAccess = accessLogger(options, stats);

  const server = createServer(
    { maxHeaderSize: LONGEST_HEAD_READ_BYTES, keepAliveTimeout: KEEP_ALIVE_MS },
    async (message, response) => {
      const startedAt = performance.now();
      const request = readHead(message, clock.now(), apiDomain(options));
      stats.inFlight += 1;
      try {
        const answer = await handle(request, message);
        const { sent, length } = send(response, answer, request.id, !server.listening);
        const latencyMs = performance.now() - startedAt;
        stats.answered(sent.routeKey, sent.response.status, latencyMs, clock.now());
        const responseLatencyMs = Math.round(latencyMs);
        stats.sentBytes += length + headBytes(sent);
        logAccess?.({ ...sent, request, responseLength: length, responseLatencyMs });
      } catch (error) {
        if (!(error instanceof ClientGoneError)) throw error;
      } finally {
        stats.inFlight -= 1;
      }
    },
  );

  return {
    listen: (port, host) => listen(server, port, host, true),
    stop: (graceMs) => stop(server, graceMs),
    stats: () => stats.snapshot(clock.now()),
  };
}

/** Writes the answer, or 500 in place of one that Node.js refuses, and returns what was written. */
function send(
  response: ServerResponse,
  answer: GatewayAnswer,
  requestId: string,
  isLast: boolean,
): { sent: GatewayAnswer; length: number } {
  const { status, headers, body } = answer.response;
  const length = Buffer.byteLength(body);
  const written = headers.flat();
  written.push('apigw-requestid', requestId);
  if (status !== 204 && status !== 304) written.push('content-length', String(length));
  if (isLast) written.push('connection', 'close');
  try {
    response.writeHead(status, written);
  } catch (error) {
    return send(response, unservable(answer, error as Error), requestId, isLast);
  }
  response.end(body);
  return { sent: answer, length };
}

/** Status line and headers, without those that every server adds by itself. */
const headBytes = ({ response: { headers } }: GatewayAnswer): number =>
  headers.flat().reduce((sum, text) => sum + text.length + 2, 'HTTP/1.1 200 OK\r\n\r\n'.length);

function accessLogger({ api, accountId, onAccess }: HttpGatewayOptions, stats: StatsRecorder) {
  if (!onAccess || api.accessLogFormat === undefined) return undefined;
  const line = compileAccessLog(api.accessLogFormat);
  const identity = identityOf(api, accountId);
  return (access: Omit<Access, 'api'>) => {
    const text = line({ ...access, api: identity });
    stats.accessLog.lines += 1;
    stats.accessLog.bytes += Buffer.byteLength(text);
    onAccess(text);
  };
}

const apiDomain = ({ api, region }: HttpGatewayOptions): string =>
  `${api.id}.execute-api.${region}.amazonaws.com`;
