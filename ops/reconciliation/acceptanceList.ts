import { readFile } from 'node:fs/promises';
import { CannotAskError } from '../stage.ts';

/**
 * The order ids of an acceptance list: one id a line, JSON lines with `order_id`, or a JSON array of either. Lines of a
 * request log that accepted nothing (other statuses than 2xx, and lines about no request) are passed over.
 */
export async function readAcceptedIds(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CannotAskError(`--accepted: ${file} cannot be read: ${error.message}`);
  });
  return entriesOf(text, file).flatMap(({ entry, place }) => idsOf(entry, place));
}

interface Entry {
  /** An id, what a line of JSON says, or what no rule accepts. */
  entry: unknown;
  place: string;
}

function entriesOf(text: string, file: string): Entry[] {
  const list = text.trimStart().startsWith('[') ? parsed(text) : undefined;
  if (Array.isArray(list)) {
    return list.map((entry, index) => ({ entry, place: `${file}, item ${index + 1}` }));
  }
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), place: `${file}, line ${index + 1}` }))
    .filter(({ line }) => line !== '')
    .map(({ line, place }) => ({ entry: line.startsWith('{') ? parsed(line) : line, place }));
}

function idsOf(entry: unknown, place: string): string[] {
  if (isObject(entry) && !isAnswered2xx(entry)) return [];
  const id = isObject(entry) ? entry.order_id : entry;
  if (typeof id === 'string' && /^[\w-]+$/.test(id)) return [id];
  throw new CannotAskError(
    `--accepted: ${place}: must be an order id, or a JSON object with order_id, got ${JSON.stringify(entry)?.slice(0, 80)}`,
  );
}

/** Without a status, as in an order's own body, the id alone says that it was accepted. */
function isAnswered2xx({ status, order_id }: Record<string, unknown>): boolean {
  return typeof status === 'number' ? status >= 200 && status < 300 : order_id !== undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What cannot be parsed stays text, which is no order id. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
