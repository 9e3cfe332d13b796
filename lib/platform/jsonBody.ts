import jsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Fault, OrderError } from '../domain/errors.ts';
import { exactNumber } from '../domain/exactNumber.ts';
import { excerpt } from '../domain/excerpt.ts';
import { pointerTo } from '../domain/jsonPointer.ts';

/** A request whose body the stack has parsed. */
export type JsonRequest = Omit<APIGatewayProxyEventV2, 'body'> & {
  body?: unknown;
  /** What only the text shows: the parsed body has one of two members with the same name. */
  bodyFaults?: Fault[];
};

const MAX_BODY_BYTES = 256 * 1024;
/** With the white space of https://www.rfc-editor.org/rfc/rfc9110#section-5.6.6 */
const JSON_TYPE = /^application\/json(?:[ \t]*;(?:[ \t]*charset=(?:utf-8|"utf-8"))?)*[ \t]*$/i;
/** Anything shorter, and without an exponent, is the double that it is read as. */
const MAY_BE_ROUNDED = /[\d.]{16}|\d[eE]/;
const MOST_REPEATED_NAMES = 100;

/** Reads a JSON body as it was sent: what its text says and a parsed value cannot show is judged here. */
export function jsonBody() {
  const parser = jsonBodyParser({ disableContentTypeCheck: true });
  return {
    before: (request: { event: JsonRequest }) => {
      const { event } = request;
      refuseOtherTypes(event);
      const text = textOf(event as APIGatewayProxyEventV2);
      Object.assign(event, { body: text, isBase64Encoded: false });
      try {
        parser.before?.(request as Parameters<NonNullable<typeof parser.before>>[0]);
        if (text !== undefined && MAY_BE_ROUNDED.test(text))
          event.body = JSON.parse(text, asWritten);
      } catch (error) {
        throw explain(error, text);
      }
      event.bodyFaults = repeatedNames(text ?? '');
    },
  };
}

function refuseOtherTypes({ headers }: JsonRequest): void {
  const type = headers['content-type'];
  const encoding = headers['content-encoding'] ?? 'identity';
  const faults: Fault[] = [];
  if (encoding.toLowerCase() !== 'identity') {
    const detail = `must be identity, got ${excerpt(encoding)}`;
    faults.push({ header: 'content-encoding', detail });
  }
  if (type === undefined || !JSON_TYPE.test(type)) {
    faults.push({
      header: 'content-type',
      detail: `must be application/json, got ${excerpt(type)}`,
    });
  }
  const [first] = faults;
  if (first === undefined) return;
  throw new OrderError('unsupported_media_type', `${first.header} ${first.detail}`, { faults });
}

/**
 * The body's text. Bytes that are no UTF-8 have become U+FFFD by now, the same for different ones; so that character
 * is refused wherever it stands as such.
 */
function textOf({ body, isBase64Encoded }: APIGatewayProxyEventV2): string | undefined {
  if (body === undefined) return undefined;
  const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : undefined;
  const size = bytes?.length ?? Buffer.byteLength(body);
  if (size > MAX_BODY_BYTES) {
    const detail = `the body must be at most ${MAX_BODY_BYTES} bytes, got ${size}`;
    throw new OrderError('payload_too_large', detail, { faults: [{ pointer: '#', detail }] });
  }
  const text = bytes?.toString() ?? body;
  if (text.isWellFormed() && !text.includes('\ufffd')) return text;
  throw invalidBody(
    'the body must be UTF-8 (and U+FFFD written as \\ufffd), got bytes that are not',
  );
}

/** Tells the faults that middy's parser finds in our own words. */
function explain(error: unknown, text: string | undefined): OrderError {
  const { message, cause } = error as { message: string; cause?: { data?: unknown } };
  return message.startsWith('Forbidden key')
    ? invalidBody(`the key ${excerpt(cause?.data)} is not allowed in a body`)
    : invalidBody(`the body must be JSON, not nested too deeply, got ${excerpt(text)}`);
}

const invalidBody = (detail: string): OrderError =>
  new OrderError('invalid_request', detail, { faults: [{ pointer: '#', detail }] });

/** A number that no double holds becomes a symbol of its text, which every rule refuses and every fault can show. */
function asWritten(_: string, value: unknown, context?: { source?: string }): unknown {
  const { source } = context ?? {};
  if (typeof value !== 'number' || source === undefined) return value;
  return exactNumber(source) ?? Symbol(source);
}

/** Where a scan of the text is in an array (`at` counts) or in an object (`at` is the name that came last). */
interface Level {
  names: Set<string> | undefined;
  at: string | number;
}

/** Names that an object has more than once, each where it is. The text is JSON. */
function repeatedNames(text: string): Fault[] {
  const repeated = new Set<string>();
  const levels: Level[] = [];
  let level: Level | undefined;
  let isNameNext = false;
  for (let index = 0; index < text.length; index += 1) {
    switch (text[index]) {
      case '{':
      case '[':
        isNameNext = text[index] === '{';
        level = { names: isNameNext ? new Set() : undefined, at: 0 };
        levels.push(level);
        break;
      case '}':
      case ']':
        levels.pop();
        level = levels.at(-1);
        break;
      case ',':
        isNameNext = level?.names !== undefined;
        if (typeof level?.at === 'number') level.at += 1;
        break;
      case '"': {
        const end = endOfString(text, index);
        if (isNameNext && level?.names !== undefined) {
          level.at = nameOf(text.slice(index, end + 1));
          if (!level.names.has(level.at)) level.names.add(level.at);
          else if (repeated.size < MOST_REPEATED_NAMES)
            repeated.add(pointerTo(levels.map(({ at }) => at)));
        }
        isNameNext = false;
        index = end;
      }
    }
  }
  return [...repeated].map((pointer) => ({ pointer, detail: 'is given more than once' }));
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

const nameOf = (quoted: string): string =>
  quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
