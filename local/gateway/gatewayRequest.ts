import type { IncomingMessage } from 'node:http';
import { decodePercent, requestTarget } from '../httpServer.ts';
import { randomHex } from '../randomness.ts';
import { traceRoot } from '../traceId.ts';

/** A request as both payload formats and the access log need it. */
export interface GatewayRequest {
  /** As in the `apigw-requestid` header. */
  id: string;
  method: string;
  /** As the client sent it, percent-encoded: what routes are matched with. */
  encodedPath: string;
  /** HTTP APIs hand the path over decoded, `rawPath` too: https://github.com/middleapi/standard-server/pull/93 */
  path: string;
  rawQuery: string;
  protocol: string;
  /** Lower-case names; more than one value where the client sent the header more than once. */
  headers: Map<string, string[]>;
  sourceIp: string;
  userAgent: string;
  domainName: string;
  domainPrefix: string;
  receivedAt: number;
}

/** Headers of the connection itself, which a proxy does not pass on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Reads everything but the body. */
export function readHead(
  message: IncomingMessage,
  receivedAt: number,
  apiDomain: string,
): GatewayRequest {
  const { authority, encodedPath, query } = requestTarget(message.url);
  const headers = groupHeaders(message.rawHeaders);
  if (authority && headers.get('host')?.length === 1) headers.set('host', [authority]);
  const domainName = headers.get('host')?.[0] ?? apiDomain;
  const sourceIp = (message.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  addForwarded(headers, message, sourceIp, receivedAt);
  return {
    id: `${Buffer.from(randomHex(22), 'hex').toString('base64url')}=`,
    method: message.method ?? 'GET',
    encodedPath,
    path: decodePercent(encodedPath),
    rawQuery: query,
    protocol: `HTTP/${message.httpVersion}`,
    headers,
    sourceIp,
    userAgent: headers.get('user-agent')?.[0] ?? '',
    domainName,
    domainPrefix: domainName.split(/[.:]/, 1)[0] as string,
    receivedAt,
  };
}

function groupHeaders(rawHeaders: string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (!HOP_BY_HOP.has(name)) addValue(headers, name, rawHeaders[index + 1] as string);
  }
  return headers;
}

function addValue(values: Map<string, string[]>, name: string, value: string): void {
  const known = values.get(name);
  if (known) known.push(value);
  else values.set(name, [value]);
}

/** What the gateway itself adds: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html */
function addForwarded(
  headers: Map<string, string[]>,
  message: IncomingMessage,
  sourceIp: string,
  receivedAt: number,
): void {
  const before = headers.get('x-forwarded-for') ?? [];
  headers.set('x-forwarded-for', [[...before, sourceIp].join(', ')]);
  headers.set('x-forwarded-port', [String(message.socket.localPort)]);
  headers.set('x-forwarded-proto', ['http']);
  if (!headers.has('x-amzn-trace-id')) headers.set('x-amzn-trace-id', [traceRoot(receivedAt)]);
}

/** The size that the quota for request line and headers counts. */
export function headSize(message: IncomingMessage): number {
  const requestLine = (message.method ?? '').length + (message.url ?? '').length;
  return message.rawHeaders.reduce((size, text) => size + text.length, requestLine);
}

/** The values of each query parameter, decoded, in the order they came. */
export function queryParameters(rawQuery: string): Map<string, string[]> | undefined {
  if (rawQuery === '') return undefined;
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(rawQuery)) addValue(parameters, name, value);
  return parameters;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000`: the Common Log Format that events and access logs share. */
export function commonLogTime(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
