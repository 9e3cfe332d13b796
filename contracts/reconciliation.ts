import * as z from 'zod';
import { stockTotalsSchema } from './stock.ts';

const count = z.int().min(0);

const violationSchema = z.object({
  rule: z.string(),
  orderId: z.string(),
  detail: z.string(),
});
export type Violation = z.infer<typeof violationSchema>;

/** The one document that `sls reconcile --json` prints. */
export const reconciliationSchema = z.object({
  /** No violation. */
  closed: z.boolean(),
  /** Nothing was on its way any more when the books were read. */
  settled: z.boolean(),
  orders: z.object({
    /** Null without an acceptance list. */
    accepted: count.nullable(),
    completed: count,
    declined: count,
    cancelled: count,
    pending: count,
  }),
  messages: z.object({
    visible: count,
    inFlight: count,
    deadLettered: count,
    /** Asynchronous events; null where they cannot be counted. */
    async: count.nullable(),
  }),
  charges: z.object({ count, cents: z.number().min(0) }),
  /** Of a stage with a stock: every item's units by enumeration. */
  stock: z.array(stockTotalsSchema).optional(),
  violations: z.array(violationSchema),
});
export type ReconciliationDocument = z.infer<typeof reconciliationSchema>;
export type MessageCounts = ReconciliationDocument['messages'];
