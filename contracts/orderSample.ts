import * as z from 'zod';
import { WAYS, type Way } from '../lib/domain/order.ts';
import { latencySummarySchema } from './runtimeStats.ts';
import { sampleSchema } from './sample.ts';

export const byWaySchema = z.record(z.enum(WAYS), z.number());
export type ByWay = z.infer<typeof byWaySchema>;

/** Counts since the sample before. */
const orderCountsSchema = z.object({
  accepted: byWaySchema,
  completed: byWaySchema,
  declined: byWaySchema,
  cancelled: byWaySchema,
  refused: byWaySchema,
  attemptsFailed: byWaySchema,
});
export type OrderCounts = z.infer<typeof orderCountsSchema>;
export type OrderCount = keyof OrderCounts;

/** What the orders add to a sample. */
const orderFiguresSchema = orderCountsSchema.extend({
  /** Mean time from acceptance to completion, of the orders completed since the sample before. */
  completionMs: z.partialRecord(z.enum(WAYS), z.number()),
  /** Orders that ended since the sample before with a promise, and those of them that ended when it said. */
  promises: z.object({ ended: z.number(), kept: z.number() }),
  /** The event source mapping between the order queue and its workers. */
  mapping: z
    .object({
      enabled: z.boolean(),
      maximum: z.number().nullable(),
      batchSize: z.number(),
      running: z.number(),
    })
    .nullable(),
  /** How long an order took to be accepted (202), in the last second that is over. */
  intake: latencySummarySchema.nullable(),
});
export type OrderFigures = z.infer<typeof orderFiguresSchema>;

export const orderSampleSchema = sampleSchema.extend(orderFiguresSchema.shape);
export type OrderSample = z.infer<typeof orderSampleSchema>;

export const byWay = (figure: (way: Way) => number): ByWay => ({
  sync: figure('sync'),
  queued: figure('queued'),
  direct: figure('direct'),
});
