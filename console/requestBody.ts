import type { IncomingMessage } from 'node:http';
import { isObject } from '../common/json.ts';
import { ConsoleProblem } from './route.ts';

/** An order of 100 items with the longest names, twice over. */
const MOST_BYTES = 1_048_576;
/** What writes JSON calls itself for each level. */
const MOST_LEVELS = 100;
const JSON_TYPE = /^application\/json[ \t]*(;|$)/i;
/** A text of JSON, and the colon that makes it a name. */
const TEXTS = /("(?:[^"\\]|\\.)*")(\s*:)?/g;

/** Reads a JSON body. Another content type is refused: a form of another page could send it unasked. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!JSON_TYPE.test(type)) {
    throw new ConsoleProblem(415, `content-type must be application/json, got "${type}"`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new ConsoleProblem(413, 'a body must not exceed 1 MB');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  const body = parse(text);
  if (isDeeper(body, MOST_LEVELS))
    throw new ConsoleProblem(400, `a body must not nest deeper than ${MOST_LEVELS} levels`);
  const repeated = repeatedName(text, body);
  if (repeated !== undefined)
    throw new ConsoleProblem(
      400,
      `a body must not have "${repeated.slice(0, 100)}" more than once`,
    );
  return body;
}

/** The first name that the text has more often than what was parsed from it, which has one of two. */
function repeatedName(text: string, body: unknown): string | undefined {
  const left = new Map<string, number>();
  for (const name of namesIn(body)) left.set(name, (left.get(name) ?? 0) + 1);
  for (const [, quoted = '', colon] of text.matchAll(TEXTS)) {
    if (colon === undefined) continue;
    const name = JSON.parse(quoted) as string;
    const count = left.get(name) ?? 0;
    if (count === 0) return name;
    left.set(name, count - 1);
  }
  return undefined;
}

const namesIn = (value: unknown): string[] => {
  const inner = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return [...(isObject(value) ? Object.keys(value) : []), ...inner.flatMap(namesIn)];
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConsoleProblem(400, `the body must be JSON: ${(error as Error).message}`);
  }
}

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));
