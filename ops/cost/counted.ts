import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { WAYS } from '../../lib/domain/order.ts';

const count = z.number();
const perFunction = z.record(z.string(), count);

/** What AWS would bill of a sale whose buyers look every order up as Retry-After says until it has ended. */
const countedWaySchema = z.object({
  orders: count,
  polls: count,
  apiRequests: count,
  /** Heads and bodies of the answers. */
  sentBytes: count,
  invocations: perFunction,
  /** With the share of a core that the memory size gives. */
  gbSeconds: perFunction,
  publishes: count,
  /** Messages that SNS sends to the queue, calls of the event source mapping, and questions for the queue's depth. */
  queueSends: count,
  queueReceives: count,
  queueDeletes: count,
  queueQuestions: count,
  writeUnits: count,
  readUnits: count,
  /** Of items that were put. */
  storedBytes: count,
  functionLogBytes: count,
  accessLogBytes: count,
});
export type CountedWay = z.infer<typeof countedWaySchema>;

/** `counted.json`, which `npm run cost -- --measure` writes. */
const countedSchema = z.object({
  measuredOn: z.string(),
  memoryMb: count,
  /** Metrics that the functions write, by name and dimensions. */
  metrics: count,
  /** A run of the sweeper that finds nothing due. */
  emptySweep: z.object({ gbSeconds: count, readUnits: count }),
  /** CPU time of an order that the sweeper publishes again. */
  sweptOrder: z.object({ cpuMs: count }),
  ways: z.record(z.enum(WAYS), countedWaySchema),
});
export type Counted = z.infer<typeof countedSchema>;

export const COUNTED_FILE = path.join(import.meta.dirname, 'counted.json');

export const readCounted = (): Counted =>
  countedSchema.parse(JSON.parse(readFileSync(COUNTED_FILE, 'utf8')));
