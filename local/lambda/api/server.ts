import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import { decodePercent, type Listening, listen, requestTarget, stop } from '../../httpServer.ts';
import { LambdaApiError, PayloadTooLargeError, ThrottledError } from '../errors.ts';
import type { ApiResponse, ControlPlane } from './controlPlane.ts';
import { findOperation } from './operations.ts';

/** Above any limit of a single operation, so that those say their own words. */
const BODY_LIMIT_BYTES = 8_388_608;
/** AWS sends the header without documenting its value. */
const RETRY_AFTER_SECONDS = 1;

export interface LambdaApi extends Listening {
  /** Takes no new connection, and gives running requests `graceMs` before they are cut. */
  stop(graceMs: number): Promise<void>;
}

/** Serves the Lambda API (REST, JSON) for SDKs, the AWS CLI and `sls invoke`. */
export async function listenLambdaApi(
  lambda: ControlPlane,
  port: number | Server,
  host: string,
): Promise<LambdaApi> {
  const server = createServer(async (request, response) => {
    const answer = await answerTo(lambda, request).catch(errorAnswer);
    send(response, answer, !server.listening);
  });
  return { ...(await listen(server, port, host)), stop: (graceMs) => stop(server, graceMs) };
}

function send(
  response: ServerResponse,
  { statusCode, headers, body }: ApiResponse,
  isLast: boolean,
): void {
  const text = typeof body === 'object' ? JSON.stringify(body) : String(body ?? '');
  response.writeHead(statusCode, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
    ...(isLast && { connection: 'close' }),
    ...headers,
  });
  response.end(statusCode === 204 ? undefined : text);
}

async function answerTo(lambda: ControlPlane, request: IncomingMessage): Promise<ApiResponse> {
  const { encodedPath, query } = requestTarget(request.url);
  const service =
    serviceOf(request.headers.authorization ?? decodePercent(query)) ??
    serviceOfHost(request.headers['x-forwarded-host']);
  if (service !== undefined && service !== 'lambda') return notRunHere(service, request);
  const found = findOperation(request.method ?? 'GET', encodedPath);
  const body = await readBody(request);
  if (!found)
    throw new LambdaApiError(
      'UnknownOperationException',
      404,
      `${request.method} ${encodedPath} is not an operation of the local Lambda API`,
    );
  return found.route.operation(lambda, {
    name: found.pathParameters?.name ?? '',
    query: new URLSearchParams(query),
    headers: request.headers,
    body,
  });
}

/** As a signature names it: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
const serviceOf = (signed: string): string | undefined =>
  /Credential=[^/]+\/\d{8}\/[^/]*\/([^/]+)\/aws4_request/.exec(signed)?.[1];

/** Of a request that nobody signed, as `bucket.s3.eu-west-1.amazonaws.com` names it. */
const serviceOfHost = (host: string | string[] | undefined): string | undefined =>
  /([^.]+)(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.(?:amazonaws\.com(?:\.cn)?|api\.aws|on\.aws)$/.exec(
    String(host),
  )?.[1];

/** For `AWS_ENDPOINT_URL`, where the clients of all other services send. */
function notRunHere(service: string, request: IncomingMessage): ApiResponse {
  request.resume();
  const message = `The service "${service}" is not run on this machine: nothing has been done`;
  const type = 'ServiceNotRunHere';
  const isXml =
    /^(s3|route53|cloudfront)$/.test(service) ||
    request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const error = `<Error><Code>${type}</Code><Message>${message}</Message></Error>`;
  return isXml
    ? {
        statusCode: 501,
        headers: { 'content-type': 'text/xml' },
        body: service === 's3' ? error : `<ErrorResponse>${error}</ErrorResponse>`,
      }
    : {
        statusCode: 501,
        headers: { 'x-amzn-errortype': type },
        body: { __type: type, message, Message: message },
      };
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
