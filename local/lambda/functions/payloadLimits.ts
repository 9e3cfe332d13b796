import { PayloadTooLargeError } from '../errors.ts';
import type { InvokeOptions } from './invocation.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const SYNC_LIMIT_BYTES = 6_291_456;
const ASYNC_LIMIT_BYTES = 1_048_576;

/** Throws when the event is larger than Lambda takes. */
export function checkPayloadSize(payload: string, type: InvokeOptions['type']): void {
  const limitBytes = type === 'Event' ? ASYNC_LIMIT_BYTES : SYNC_LIMIT_BYTES;
  // A character takes at most three bytes of UTF-8, so most events need no counting.
  if (payload.length * 3 <= limitBytes) return;
  const bytes = Buffer.byteLength(payload);
  if (bytes > limitBytes) throw new PayloadTooLargeError(bytes, limitBytes);
}
