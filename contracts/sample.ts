import * as z from 'zod';
import { latencySummarySchema } from './runtimeStats.ts';

const count = z.number();

export const executionsSchema = z.object({ running: count, limit: count });

/** The state of any service at one moment, and what happened since the sample before: an event of `GET /api/events`. */
export const sampleSchema = z.object({
  /** Milliseconds since 1970; the event's id in the stream. */
  at: count,
  /** What the counts below cover. */
  seconds: count,
  /** By queue name; `visible` includes delayed messages. */
  queues: z.record(z.string(), z.object({ visible: count, inFlight: count })),
  /** Asynchronous events of Lambda. */
  events: z.object({ waiting: count, running: count }),
  /** By the manifest's key; the limit is the reserved concurrency, else what the reservations leave to all others. */
  functions: z.record(z.string(), executionsSchema.extend({ coldStarts: count, throttled: count })),
  /** Of all functions together; `unreserved` is what those without a reservation share. */
  account: executionsSchema.extend({ unreserved: executionsSchema }),
  /** Answers of the HTTP API in the last second that is over; null where there was none. */
  latency: latencySummarySchema.nullable(),
});
export type Sample = z.infer<typeof sampleSchema>;
