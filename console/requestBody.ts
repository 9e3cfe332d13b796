import type { IncomingMessage } from 'node:http';
import { ConsoleProblem } from './route.ts';

/** An order of 100 items with the longest names, twice over. */
const MOST_BYTES = 1_048_576;
/** What writes JSON calls itself for each level. */
const MOST_LEVELS = 100;

/** Reads a JSON body. Another content type is refused: a form of another page could send it unasked. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type)) {
    throw new ConsoleProblem(415, `content-type must be application/json, got "${type}"`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new ConsoleProblem(413, 'a body must not exceed 1 MB');
    chunks.push(chunk);
  }
  const body = parse(Buffer.concat(chunks).toString());
  if (isDeeper(body, MOST_LEVELS))
    throw new ConsoleProblem(400, `a body must not nest deeper than ${MOST_LEVELS} levels`);
  return body;
}

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
