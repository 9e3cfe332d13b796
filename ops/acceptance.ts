import { readFile } from 'node:fs/promises';
import { CannotAskError } from './stage.ts';

/** The order ids of an acceptance list: one id a line, or JSON lines with `order_id`. */
export async function readAcceptedIds(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CannotAskError(`--accepted: ${file} cannot be read: ${error.message}`);
  });
  return text
    .split('\n')
    .map((line, index) => ({ text: line.trim(), place: `${file}, line ${index + 1}` }))
    .filter((line) => line.text !== '')
    .map((line) => orderIdOf(line.text, line.place));
}

function orderIdOf(line: string, place: string): string {
  const id = line.startsWith('{') ? idOfJson(line) : line;
  if (typeof id === 'string' && /^[\w-]+$/.test(id)) return id;
  throw new CannotAskError(
    `--accepted: ${place}: must be an order id, or a JSON object with order_id, got ${JSON.stringify(line.slice(0, 80))}`,
  );
}

function idOfJson(line: string): unknown {
  try {
    return (JSON.parse(line) as { order_id?: unknown }).order_id;
  } catch {
    return undefined;
  }
}
