import * as z from 'zod';
import { ORDER_ID, STATUSES, WAYS } from '../lib/domain/order.ts';
import type { ShownOrder } from '../lib/domain/orderPromise.ts';

/** What the order API answers: `docs/openapi.json` is made from these, and the journeys hold every answer to it. */

const instant = z.iso.datetime();

const itemSchema = z.strictObject({
  item_id: z.string(),
  name: z.string(),
  price: z.number(),
  quantity: z.int(),
});

const promiseSchema = z
  .strictObject({
    place_in_line: z.int().min(1).describe('1 is the next that a worker takes'),
    earliest: instant,
    latest: instant,
  })
  .describe('when the order should have ended, by what was known as it was accepted');

export const publicOrderSchema = z.strictObject({
  order_id: z.string().regex(new RegExp(`^${ORDER_ID.source}$`)),
  customer_id: z.int().min(1),
  items: z.array(itemSchema),
  total_cents: z.int().min(0),
  way: z.enum(WAYS),
  status: z.enum(STATUSES),
  created_at: instant,
  promise: promiseSchema.exactOptional(),
  completed_at: instant.exactOptional(),
  payment_id: z.string().exactOptional(),
  decline_reason: z.string().exactOptional(),
  cancel_reason: z.string().exactOptional(),
}) satisfies z.ZodType<ShownOrder>;

const faultSchema = z.strictObject({
  pointer: z.string().exactOptional().describe('a JSON Pointer into the body, as a URI fragment'),
  header: z.string().exactOptional(),
  parameter: z.string().exactOptional(),
  detail: z.string().describe('the rule, and what came'),
  item_id: z.string().exactOptional().describe('of an item that is sold out'),
  asked: z.int().exactOptional(),
  may_come_back: z.boolean().exactOptional().describe('whether unpaid orders hold units of it'),
});

export const problemSchema = z.strictObject({
  type: z.string().startsWith('urn:flash-sale:problem:'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(faultSchema).exactOptional().describe('every rule that the request breaks'),
  order: publicOrderSchema.exactOptional().describe('the order whose payment was declined'),
});

export const healthSchema = z.strictObject({
  status: z.literal('ok'),
  service: z.string(),
  stage: z.string(),
  version: z.string(),
});

/** What API Gateway answers in the place of a function. */
export const gatewayMessageSchema = z.strictObject({ message: z.string() });
