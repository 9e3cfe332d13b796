import * as z from 'zod/mini';
import { OrderError } from './errors.ts';
import { excerpt } from './excerpt.ts';
import { ASYNC_WAYS, type AsyncOrder, isOrderId } from './order.ts';

/** A message only points to an order; the record is the truth. Later versions may add fields. */
const orderMessageSchema = z.object(
  {
    version: z.int({ error: 'must be a whole number' }).check(z.minimum(1, 'must be at least 1')),
    order_id: z
      .string({ error: 'must be a text' })
      .check(z.refine(isOrderId, 'must be the id of an order')),
    way: z.enum(ASYNC_WAYS, { error: 'must be queued or direct' }),
    sent_at: z.string({ error: 'must be a text' }),
  },
  { error: 'must be an object' },
);

export type OrderMessage = z.infer<typeof orderMessageSchema>;

export const orderMessage = (order: AsyncOrder, sentAt: string): OrderMessage => ({
  version: 1,
  order_id: order.order_id,
  way: order.way,
  sent_at: sentAt,
});

/** Reads a message as it was published, or inside the envelope that SNS wraps around it without raw delivery. */
export function parseOrderMessage(text: string): OrderMessage {
  const parsed = orderMessageSchema.safeParse(unwrap(parseJson(text)));
  if (parsed.success) return parsed.data;
  throw new OrderError(
    'malformed_message',
    `not an order message: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}, got ${excerpt(text)}`,
  );
}

function unwrap(message: unknown): unknown {
  const isEnvelope =
    typeof message === 'object' &&
    message !== null &&
    'Type' in message &&
    'Message' in message &&
    typeof message.Message === 'string';
  return isEnvelope ? parseJson(message.Message as string) : message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
