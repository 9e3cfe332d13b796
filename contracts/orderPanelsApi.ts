import * as z from 'zod';
import { STATUSES, WAYS } from '../lib/domain/order.ts';
import { logEntriesSchema, serviceInfoSchema } from './consoleApi.ts';
import { deadLetterCauseSchema } from './deadLetters.ts';
import { byWaySchema } from './orderSample.ts';
import { reconciliationSchema } from './reconciliation.ts';
import { itemStockSchema } from './stock.ts';

/** `GET /api/service`, with what the order panels add. */
export const orderServiceSchema = serviceInfoSchema.extend({
  orderQueues: z.object({
    orders: z.string(),
    orderDeadLetters: z.string(),
    directDeadLetters: z.string(),
  }),
  /** Started with STOCK=on. */
  hasStock: z.boolean(),
  /** Orders that a whole worker takes at once. */
  workerBatchSize: z.number(),
  /** Items named `fault-...` fail on purpose: PAYMENT_FAULTS has `by_item`. */
  failsByItem: z.boolean(),
});
export type OrderService = z.infer<typeof orderServiceSchema>;

/** `POST /api/orders`: what the HTTP API answered. */
export const placedSchema = z.object({
  status: z.number(),
  tookMs: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
});
export type Placed = z.infer<typeof placedSchema>;

/** An order's row, whatever stands in it. */
const storedRowSchema = z.looseObject({
  order_id: z.string(),
  status: z.string().catch('unknown'),
  way: z.string().catch('unknown'),
  created_at: z.string().catch(''),
});

/** `GET /api/orders/{order_id}` */
export const storedOrderSchema = z.object({
  /** Its message is in a dead-letter queue. */
  isDead: z.boolean(),
  order: storedRowSchema,
  charges: z.array(z.record(z.string(), z.unknown())),
  log: logEntriesSchema,
});
export type StoredOrder = z.infer<typeof storedOrderSchema>;

/** `GET /api/orders` */
const recentOrderSchema = z.object({
  order_id: z.string(),
  way: z.enum(WAYS),
  status: z.enum(STATUSES),
  /** Milliseconds since 1970. */
  taken_at: z.number(),
  ended_at: z.number().optional(),
  failed_attempts: z.number(),
});
export type RecentOrder = z.infer<typeof recentOrderSchema>;
export const recentOrdersSchema = z.object({
  /** How many there are with this status and way. */
  count: z.number(),
  orders: z.array(recentOrderSchema),
});
export type RecentOrders = z.infer<typeof recentOrdersSchema>;

/** What the books said when they were closed last, with the violations of each rule. */
export const booksWordSchema = reconciliationSchema
  .pick({ closed: true, settled: true, orders: true })
  .extend({
    at: z.string(),
    rules: z.record(z.string(), z.number()),
    charges: z.object({ count: z.number(), cents: z.number() }),
  });
export type BooksWord = z.infer<typeof booksWordSchema>;

/** `GET /api/headline`: what `sls status` says, the totals since the service was started, and the books' last word. */
export const headlineSchema = z.object({
  status: z.object({
    at: z.string(),
    outlook: z.string(),
    open: z.object({ by_way: byWaySchema }),
    rates: z.object({ accepted: byWaySchema, ended: byWaySchema }).nullable(),
    queue: z.object({ waiting: z.number(), in_flight: z.number() }),
    drained_in_seconds: z.number().nullable(),
    workers: z.object({
      maximum: z.number().nullable(),
      batch_size: z.number(),
      state: z.string(),
      needed: z.number().nullable(),
    }),
    breaker: z.object({ by: z.string(), since: z.string().nullable() }).nullable(),
    dead_letters: z.object({ queued: z.number(), direct: z.number() }),
  }),
  totals: z.object({ accepted: z.number(), completed: z.number() }),
  books: booksWordSchema.nullable(),
  isClosing: z.boolean(),
});
export type Headline = z.infer<typeof headlineSchema>;

/** A message that was given up, and why. */
const deadLetterSchema = z.object({
  queue: z.string(),
  messageId: z.string(),
  sentAt: z.string(),
  orderId: z.string().optional(),
  /** What the order's record says, else SNS or Lambda. */
  cause: z.string(),
  causeId: z.string(),
  status: z.string().optional(),
  attempts: z.number().optional(),
  body: z.string(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** `GET /api/dead-letters` */
export const deadLettersSchema = z.object({
  count: z.number(),
  causes: z.array(deadLetterCauseSchema),
  letters: z.array(deadLetterSchema),
});
export type DeadLetters = z.infer<typeof deadLettersSchema>;

/** `GET /api/breaker`: whether charges are tried, and whose word that is: an operator's, or the breaker's own. */
export const breakerSchema = z.object({
  state: z.enum(['open', 'closed']),
  by: z.string(),
  since: z.string().nullable(),
});
export type BreakerState = z.infer<typeof breakerSchema>;

/** `GET /api/stock` */
export const stockPanelSchema = z.object({
  items: z.array(
    itemStockSchema.extend({
      /** Units left after some were taken, of those that are gone now; times in milliseconds since 1970. */
      fall: z.array(z.object({ at: z.number(), left: z.number() })),
    }),
  ),
});
export type StockPanel = z.infer<typeof stockPanelSchema>;

export const phaseRunSchema = z.object({
  running: z.boolean(),
  phase: z.string(),
  startedAt: z.string(),
  /** Length of the phase's load; Locust's start and the books come on top. */
  plannedSeconds: z.number(),
  /** The latest lines that the sale said, the oldest first. */
  said: z.array(z.string()),
  /** Exit status: 0 all claims hold, 1 one does not, 2 the run broke, 3 the books do not close. */
  status: z.number().nullable(),
  folder: z.string(),
});
export type PhaseRunState = z.infer<typeof phaseRunSchema>;

/** `GET /api/sale` */
export const phaseListSchema = z.object({
  phases: z.array(z.object({ id: z.string(), name: z.string(), seconds: z.number() })),
  run: phaseRunSchema.nullable(),
});
export type PhaseList = z.infer<typeof phaseListSchema>;
