import * as z from 'zod';
import { parseJson } from '../../common/json.ts';
import type { Placed, StoredOrder } from '../../contracts/orderPanelsApi.ts';
import { WAYS } from '../../lib/domain/order.ts';
import { orderApiDocument } from '../../ops/orderApi/orderApiDocument.ts';
import { json, type Route, route } from '../route.ts';
import type { ObservedService } from '../servicePanels.ts';
import { readOrder } from './orderBook.ts';
import type { OrderStage } from './orderStage.ts';

/** A key is the API's to judge, but for one that no header can bring there. */
const keySchema = z.string().refine((key) => /^[\t\x20-\x7e\x80-\xff]*$/.test(key), {
  error: ({ input }) => `HTTP cannot carry ${JSON.stringify(input)}`,
});

const orderSchema = z.strictObject({
  way: z.enum(WAYS),
  /** Passed on as it is, so that the API itself judges it. */
  body: z.unknown(),
  idempotency_key: keySchema.optional(),
});

/** The order desk. */
export const orderRoutes = (
  { ready, observations }: ObservedService,
  stage: OrderStage,
): Route[] => [
  route('POST', '/api/orders', {
    summary: 'Places an order through the HTTP API, as a buyer does',
    body: orderSchema,
    answers: "The API's own answer: status, headers, body, and the milliseconds it took",
    handle: async ({ body }) => json(await placeOrder(ready.api, body)),
  }),
  route('GET', '/api/order-api', {
    summary: 'The order API as OpenAPI 3.1',
    answers: 'The document; docs/openapi.json is the same',
    handle: () => json(orderApiDocument()),
  }),
  route('GET', '/api/orders/{order_id}', {
    summary: 'An order as it is stored, its charges, and its log',
    answers: 'The order with attempts and the last cause; 404 where there is none',
    handle: async ({ parameters: { order_id = '' } }) => {
      const log = observations.logs.find({ text: order_id, limit: 500 });
      return json<StoredOrder>({ ...(await readOrder(stage.get(), order_id)), log });
    },
  }),
];

async function placeOrder(
  api: string,
  { way, body, idempotency_key }: z.infer<typeof orderSchema>,
): Promise<Placed> {
  const path = way === 'sync' ? '/orders/sync' : `/orders/async?way=${way}`;
  const startedAt = performance.now();
  const response = await fetch(`${api}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(idempotency_key !== undefined && { 'idempotency-key': idempotency_key }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    tookMs: Math.round(performance.now() - startedAt),
    headers: Object.fromEntries(response.headers),
    body: parseJson(text) ?? text,
  };
}
