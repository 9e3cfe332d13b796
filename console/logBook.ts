import { visibleText } from '../common/visibleText.ts';
import type { LogEntry } from '../contracts/consoleApi.ts';

export interface LogQuery {
  functionKey?: string | undefined;
  level?: string | undefined;
  /** Any part of the line. */
  text?: string | undefined;
  limit: number;
}

const MOST_LINES = 40_000;
const MOST_CHARACTERS = 4096;
/** Ids are one long word in small letters: an order's, a request's. */
const ID = /^[0-9a-z_-]{20,}$/;
const LAMBDA_FRAME = /^(START|END|INIT_START) /;

/** The latest log lines of all functions, metrics left out. */
export class LogBook {
  #entries: LogEntry[] = [];
  /** Where the oldest entry stands: the list is used as a ring once it is full. */
  #oldest = 0;
  #nextId = 1;
  readonly #capacity: number;

  constructor(capacity = MOST_LINES) {
    this.#capacity = capacity;
  }

  add(functionKey: string, line: string, at = Date.now()): void {
    if (LAMBDA_FRAME.test(line)) return;
    const entry = { id: this.#nextId, at, functionKey, line: kept(line) };
    this.#nextId += 1;
    if (this.#entries.length < this.#capacity) {
      this.#entries.push(entry);
      return;
    }
    this.#entries[this.#oldest] = entry;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
  }

  /** What was written after the line with this id, the oldest first. */
  since(id: number): LogEntry[] {
    const found: LogEntry[] = [];
    for (let back = this.#entries.length - 1; back >= 0; back -= 1) {
      const entry = this.#entries[(this.#oldest + back) % this.#entries.length] as LogEntry;
      if (entry.id <= id) break;
      found.push(entry);
    }
    return found.reverse();
  }

  /** The newest lines that match, the oldest of them first. */
  find({ functionKey, level, text, limit }: LogQuery): LogEntry[] {
    const isWanted = text === undefined ? undefined : matcher(text);
    const levelMark = level === undefined ? undefined : `"level":"${level}"`;
    const found: LogEntry[] = [];
    for (let back = this.#entries.length - 1; back >= 0 && found.length < limit; back -= 1) {
      const entry = this.#entries[(this.#oldest + back) % this.#entries.length] as LogEntry;
      if (functionKey !== undefined && entry.functionKey !== functionKey) continue;
      if (levelMark !== undefined && !entry.line.includes(levelMark)) continue;
      if (isWanted !== undefined && !isWanted(entry.line)) continue;
      found.push(entry);
    }
    return found.reverse();
  }
}

/** A copy, since a slice would keep the whole of a long line in memory. */
const kept = (line: string): string =>
  visibleText(
    line.length <= MOST_CHARACTERS ? line : Buffer.from(line.slice(0, MOST_CHARACTERS)).toString(),
  );

/** An id is looked for as it is, which is many times faster; other text in any case. */
function matcher(text: string): (line: string) => boolean {
  if (ID.test(text)) return (line) => line.includes(text);
  const pattern = new RegExp(text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i');
  return (line) => pattern.test(line);
}
