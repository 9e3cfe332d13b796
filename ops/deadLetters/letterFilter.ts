import { UsageError } from '../../common/usageError.ts';
import type { JudgedLetter } from './judgedLetter.ts';

/** Which letters are meant: those for which all of it holds. Without any, every letter. */
export interface LetterFilter {
  /** A cause's id, or a part of its text. */
  cause?: string | undefined;
  /** The id of an order or of a message. */
  id?: string | undefined;
  olderThanMs?: number | undefined;
  newerThanMs?: number | undefined;
}

export function isMeant(letter: JudgedLetter, filter: LetterFilter, nowMs: number): boolean {
  const { cause, id, olderThanMs = 0, newerThanMs = Number.POSITIVE_INFINITY } = filter;
  const ageMs = nowMs - Date.parse(letter.sentAt);
  return (
    (cause === undefined || letter.causeId === cause || letter.cause.includes(cause)) &&
    (id === undefined || letter.orderId === id || letter.messageId === id) &&
    ageMs >= olderThanMs &&
    ageMs <= newerThanMs
  );
}

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function readAge(flag: string, text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  throw new UsageError(
    `${flag}: must be an age such as 90s, 15m, 2h or 1d, got ${JSON.stringify(text)}`,
  );
}
