import { isObject, parseJson } from '../../common/json.ts';

export type Header = [name: string, value: string];

export interface GatewayResponse {
  status: number;
  /** Lower-case names; `set-cookie` may come more than once. */
  headers: Header[];
  body: string | Buffer;
}

/** Headers that belong to the connection between client and gateway, not to the function. */
const NOT_THE_FUNCTIONS = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Tab and every visible character of Latin-1: what HTTP/1.1 can carry. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * What the client gets for a function's result.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response
 */
export function functionResponse(payload: string, version: '1.0' | '2.0'): GatewayResponse {
  const result = parseJson(payload);
  if (result === undefined) throw malformed('It is not JSON');
  const isFull = isObject(result) && result.statusCode !== undefined && result.statusCode !== null;
  if (isFull) return fullResponse(result, version);
  if (version === '1.0') throw malformed('There is no field "statusCode"');
  return {
    status: 200,
    headers: [['content-type', 'application/json']],
    body: typeof result === 'string' ? result : payload,
  };
}

function fullResponse(result: Record<string, unknown>, version: '1.0' | '2.0'): GatewayResponse {
  const { body } = result;
  if (body !== undefined && body !== null && typeof body !== 'string') throw wrongType('body');
  const headers = [
    ...singleHeaders(result.headers),
    ...(version === '1.0' ? [] : cookies(result.cookies)),
  ];
  if (version === '1.0') addMultiValueHeaders(headers, result.multiValueHeaders);
  const text = body ?? '';
  // What an HTTP API says of a body that the function gave no type: observed, not documented.
  if (text !== '' && !headers.some(([name]) => name === 'content-type'))
    headers.push(['content-type', 'text/plain;charset=UTF-8']);
  return {
    status: statusCode(result.statusCode),
    headers,
    body: result.isBase64Encoded === true ? Buffer.from(text, 'base64') : text,
  };
}

function statusCode(value: unknown): number {
  const status = typeof value === 'string' ? Number(value) : value;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599)
    throw wrongType('statusCode');
  return status;
}

function singleHeaders(value: unknown): Header[] {
  return entriesOf(value, 'headers').flatMap(([name, text]) => header(name, text, 'headers'));
}

/**
 * Both fields are merged; a pair that is in both counts once.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 */
function addMultiValueHeaders(headers: Header[], value: unknown): void {
  for (const [name, values] of entriesOf(value, 'multiValueHeaders')) {
    if (!Array.isArray(values)) throw wrongType('multiValueHeaders');
    for (const added of values.flatMap((text) => header(name, text, 'multiValueHeaders'))) {
      const isKnown = headers.some(([known, text]) => known === added[0] && text === added[1]);
      if (!isKnown) headers.push(added);
    }
  }
}

function cookies(value: unknown): Header[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType('cookies');
  return value.flatMap((cookie) => header('set-cookie', cookie, 'cookies'));
}

function header(name: string, value: unknown, field: string): Header[] {
  if (NOT_THE_FUNCTIONS.has(name.toLowerCase()) || value === null) return [];
  if (typeof value === 'object') throw wrongType(field);
  const text = String(value);
  if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(text)) throw wrongType(field);
  return [[name.toLowerCase(), text]];
}

function entriesOf(value: unknown, field: string): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) throw wrongType(field);
  return Object.entries(value);
}

const wrongType = (field: string): Error =>
  malformed(`Lambda body contains the wrong type for field "${field}"`);

const malformed = (problem: string): Error =>
  new Error(
    `The response from the Lambda function doesn't match the format that API Gateway expects. ${problem}`,
  );
