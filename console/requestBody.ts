import type { IncomingMessage } from 'node:http';
import { ConsoleProblem } from './route.ts';

/** An order of 100 items with the longest names, twice over. */
const MOST_BYTES = 1_048_576;

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
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    throw new ConsoleProblem(400, `the body must be JSON: ${(error as Error).message}`);
  }
}
