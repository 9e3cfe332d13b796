import type { Fault } from './errors.ts';
import { excerpt } from './excerpt.ts';

const RULE =
  'must be given once and be 1 to 255 visible ASCII characters, bare (then without a comma or a quote) or in double quotes';
// The gateway joins a header that was sent twice with a comma, so a bare key cannot hold one.
export const BARE_KEY = /^[\x21\x23-\x2b\x2d-\x7e]{1,255}$/;
const QUOTED = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;
const MAX_LENGTH = 255;

/**
 * Reads an `Idempotency-Key` header, bare or as the quoted string of
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/; both forms are the same key.
 */
export function parseIdempotencyKey(header: string): { key: string } | { fault: Fault } {
  const text = header.trim();
  const quoted = QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  const key = quoted ?? (BARE_KEY.test(text) ? text : undefined);
  return key !== undefined && key.length <= MAX_LENGTH
    ? { key }
    : { fault: { header: 'idempotency-key', detail: `${RULE}, got ${excerpt(header)}` } };
}
