import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaApiError, PayloadTooLargeError, ThrottledError } from '../errors.ts';
import type { Lambda } from '../lambda.ts';
import { findOperation } from './operations.ts';

/** Above any limit of a single operation, so that those say their own words. */
const BODY_LIMIT_BYTES = 8_388_608;
/** AWS sends the header without documenting its value. */
const RETRY_AFTER_SECONDS = 1;

export interface ApiRequest {
  /** What the path's pattern caught, decoded. */
  name: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface ApiResponse {
  statusCode: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON, text as it is. */
  body?: unknown;
}

export interface LambdaApi {
  port: number;
  url: string;
  /** Takes no new connections; answers that are on their way still get out. */
  stopListening(): void;
  close(): Promise<void>;
}

/** Serves the Lambda API (REST, JSON) for one Lambda. */
export async function listenLambdaApi(
  lambda: Lambda,
  port: number,
  host: string,
): Promise<LambdaApi> {
  const server = createServer((request, response) => void serve(lambda, request, response));
  server.listen(port, host);
  await once(server, 'listening');
  const chosen = (server.address() as AddressInfo).port;
  const closed = once(server, 'close');
  const stopListening = () => {
    server.close();
    server.closeIdleConnections();
  };
  return {
    port: chosen,
    url: `http://${host}:${chosen}`,
    stopListening,
    close: async () => {
      stopListening();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(lambda: Lambda, request: IncomingMessage, response: ServerResponse) {
  let answer: ApiResponse;
  try {
    answer = await answerTo(lambda, request);
  } catch (error) {
    answer = errorAnswer(error);
  }
  const { statusCode, headers, body } = answer;
  const text = typeof body === 'object' ? JSON.stringify(body) : String(body ?? '');
  response.writeHead(statusCode, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(statusCode === 204 ? undefined : text);
}

async function answerTo(lambda: Lambda, request: IncomingMessage): Promise<ApiResponse> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const found = findOperation(request.method ?? 'GET', url.pathname);
  const body = await readBody(request);
  if (!found)
    throw new LambdaApiError(
      'UnknownOperationException',
      404,
      `${request.method} ${url.pathname} is no operation of the Lambda API that is run locally`,
    );
  const { operation, name } = found;
  return operation(lambda, { name, query: url.searchParams, headers: request.headers, body });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  if (bytes > BODY_LIMIT_BYTES) throw new PayloadTooLargeError(bytes, BODY_LIMIT_BYTES);
  return Buffer.concat(chunks).toString();
}

function errorAnswer(error: unknown): ApiResponse {
  if (!(error instanceof LambdaApiError)) {
    const headers = { 'x-amzn-errortype': 'ServiceException' };
    return { statusCode: 500, headers, body: { Type: 'Service', Message: String(error) } };
  }
  const { type, statusCode, message } = error;
  const headers = { 'x-amzn-errortype': type };
  if (error instanceof ThrottledError) {
    const body = { Reason: error.reason, Type: 'User', message };
    return {
      statusCode,
      headers: { ...headers, 'retry-after': String(RETRY_AFTER_SECONDS) },
      body,
    };
  }
  return { statusCode, headers, body: { Type: 'User', Message: message, message } };
}
