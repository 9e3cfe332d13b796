import * as z from 'zod';

const count = z.int().min(0);

/** What failed, and what it holds up. */
export const deadLetterCauseSchema = z.object({
  /** Short, and the same for the same cause at any time. */
  id: z.string(),
  cause: z.string(),
  messages: count,
  /** Orders that are still open, and what they come to. */
  orders: count,
  cents: count,
  /** When the oldest and the newest of its messages were sent. */
  since: z.string(),
  latest: z.string(),
  /** Messages by queue. */
  queues: z.record(z.string(), count),
});
export type DeadLetterCause = z.infer<typeof deadLetterCauseSchema>;

/** What a redrive or a discard does, or would do. */
export const deadLetterChangeSchema = z.object({
  action: z.enum(['redrive', 'discard']),
  applied: z.boolean(),
  /** Messages that the filter chose. */
  messages: count,
  cents: count,
  /** Orders published again, or cancelled. */
  done: count,
  /** Messages whose order had ended already, which are deleted alone. */
  ended: count,
  /** Messages that stay where they are, by why. */
  kept: z.record(z.string(), count),
});
export type DeadLetterChange = z.infer<typeof deadLetterChangeSchema>;

/** Who did what with dead letters, and when. One without an end was interrupted. */
export const operationSchema = z.object({
  id: z.string(),
  at: z.string(),
  who: z.string(),
  action: z.enum(['redrive', 'discard']),
  /** What chose the messages, and why they were discarded. */
  filter: z.record(z.string(), z.string()),
  reason: z.string().optional(),
  messages: count,
  /** The first of the orders. */
  orders: z.array(z.string()),
  ended_at: z.string().optional(),
  result: deadLetterChangeSchema.optional(),
});
export type Operation = z.infer<typeof operationSchema>;
