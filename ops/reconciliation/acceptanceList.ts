import { readFile } from 'node:fs/promises';
import { isObject, parseJson } from '../../common/json.ts';
import { CannotAskError } from '../stage.ts';
import { type Answer, STATUSES } from './bookRules.ts';

/**
 * The orders of an acceptance list, and what was answered: one id a line, JSON lines with `order_id`, or a JSON array of
 * either. Lines of a request log that took no order (other statuses than 2xx and 402, and lines about no request) are
 * passed over.
 */
export async function readAcceptanceList(file: string): Promise<[string, Answer][]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CannotAskError(`--accepted: ${file} cannot be read: ${error.message}`);
  });
  return entriesOf(text, file).flatMap(({ entry, place }) => answersOf(entry, place));
}

interface Entry {
  /** An id, what a line of JSON says, or what no rule accepts. */
  entry: unknown;
  place: string;
}

function entriesOf(text: string, file: string): Entry[] {
  const whole = text.trim();
  const list = whole.startsWith('[') ? parseJson(whole) : undefined;
  if (Array.isArray(list)) {
    return list.map((entry, index) => ({ entry, place: `${file}, item ${index + 1}` }));
  }
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), place: `${file}, line ${index + 1}` }))
    .filter(({ line }) => line !== '')
    .map(({ line, place }) => ({
      entry: line.startsWith('{') ? (parseJson(line) ?? line) : line,
      place,
    }));
}

function answersOf(entry: unknown, place: string): [string, Answer][] {
  const answer = isObject(entry) ? answerOf(entry, place) : 'accepted';
  if (answer === undefined) return [];
  const id = isObject(entry) ? entry.order_id : entry;
  if (typeof id === 'string' && /^[\w-]+$/.test(id)) return [[id, answer]];
  // Older request logs name no order that was declined.
  if (answer === 'declined' && id === undefined) return [];
  throw new CannotAskError(
    `--accepted: ${place}: must be an order id, or a JSON object with order_id, got ${JSON.stringify(entry)?.slice(0, 80)}`,
  );
}

/** From a request's status, or from the one in an order's own body; without either the id alone says that it was taken. */
function answerOf(entry: Record<string, unknown>, place: string): Answer | undefined {
  const { status, order_id, name, way } = entry;
  if (typeof status === 'number') return answerOfStatus(status, String(name ?? ''));
  if (order_id === undefined) return undefined;
  if (status === 'completed' || status === 'declined') return status;
  // A look at a sync order that is being paid, or at one whose key may have taken it anew since.
  if (status === 'cancelled' || (status === 'pending' && way === 'sync')) return 'seen';
  if (status === undefined || status === 'pending') return 'accepted';
  throw new CannotAskError(
    `--accepted: ${place}: status must be an HTTP status or one of ${STATUSES.join(', ')}, got ${JSON.stringify(status)}`,
  );
}

function answerOfStatus(status: number, name: string): Answer | undefined {
  if (status === 402) return 'declined';
  if (status < 200 || status >= 300) return undefined;
  if (name.startsWith('GET ')) return 'seen';
  return status === 200 ? 'paid' : 'accepted';
}
