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
const NAME = /"\s*:/g;
const MOST_REPEATED_NAMES = 100;

/** Reads a JSON body as it was sent: what its text says and a parsed value cannot show is judged here. */
export function jsonBody() {
  let members = 0;
  const parser = jsonBodyParser({
    disableContentTypeCheck: true,
    // Called once for each member, each element and the whole.
    reviver: (_, value) => {
      members += Array.isArray(value) ? 1 - value.length : 1;
      return value;
    },
  });
  return {
    before: (request: { event: JsonRequest }) => {
      const { event } = request;
      refuseOtherTypes(event);
      const text = textOf(event as APIGatewayProxyEventV2);
      Object.assign(event, { body: text, isBase64Encoded: false });
      members = -1;
      try {
        parser.before?.(request as Parameters<NonNullable<typeof parser.before>>[0]);
        if (text !== undefined && MAY_BE_ROUNDED.test(text))
          event.body = JSON.parse(text, asWritten);
      } catch (error) {
        throw explain(error, text);
      }
      // Fewer members than names: one is hidden by another of its name, or a text looks like a name.
      const names = text?.match(NAME)?.length ?? 0;
      event.bodyFaults = names === members ? [] : repeatedNames(text ?? '');
    },
  };
}

function refuseOtherTypes({ headers }: JsonRequest): void {
  const type = headers['content-type'];
  const encoding = headers['content-encoding'] || 'identity';
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
 * The body's text. Bytes that are not UTF-8 have become U+FFFD by now, the same for different ones; so that character
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

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\],]/g;

/** Where the text is: the names of an object so far, and the last of them, or the index in an array. */
interface Level {
  names: Set<string>;
  at: string | number;
}

/** Names that an object has more than once, each where it is. The text is JSON. */
function repeatedNames(text: string): Fault[] {
  const repeated = new Set<string>();
  const levels: Level[] = [];
  for (const [token, colon] of text.matchAll(TOKENS)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[')
      levels.push({ names: new Set(), at: token === '{' ? '' : 0 });
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ',' && typeof level?.at === 'number') level.at += 1;
    else if (colon !== undefined && level !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      level.at = name;
      if (level.names.has(name)) repeated.add(pointerTo(levels.map(({ at }) => at)));
      level.names.add(name);
      if (repeated.size === MOST_REPEATED_NAMES) break;
    }
  }
  return [...repeated].map((pointer) => ({ pointer, detail: 'is given more than once' }));
}
