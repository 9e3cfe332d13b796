import * as z from 'zod';
import { parseJson } from '../../common/json.ts';
import type { Placed, RecentOrders, StoredOrder } from '../../contracts/orderPanelsApi.ts';
import { STATUSES, WAYS } from '../../lib/domain/order.ts';
import { orderApiDocument } from '../../ops/orderApi/orderApiDocument.ts';
import { allMessages } from '../messages.ts';
import { json, type Route, route } from '../route.ts';
import type { ObservedService } from '../servicePanels.ts';
import { readOrder } from './orderBook.ts';
import type { OrderStage } from './orderStage.ts';
import type { RecentOrderBook } from './recentOrders.ts';

/** A key is the API's to judge, but for one that no header can bring there. */
const keySchema = z.string().refine((key) => /^[\t\x20-\x7e\x80-\xff]*$/.test(key), {
  error: ({ input }) => `HTTP cannot carry ${JSON.stringify(input)}`,
});

const orderQuery = z.object({
  status: z.enum(STATUSES).optional(),
  way: z.enum(WAYS).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

const orderSchema = z.strictObject({
  way: z.enum(WAYS),
  /** Passed on as it is, so that the API itself judges it. */
  body: z.unknown(),
  idempotency_key: keySchema.optional(),
});

/** The order desk. */
export const orderRoutes = (
  service: ObservedService,
  stage: OrderStage,
  recent: RecentOrderBook,
): Route[] => [
  route('GET', '/api/orders', {
    summary: 'The orders taken since the service was started, the newest first',
    query: orderQuery,
    answers: 'Id, way, status, times and failed attempts of each, and how many there are',
    handle: ({ query }) => json<RecentOrders>(recent.find(query)),
  }),
  route('POST', '/api/orders', {
    summary: 'Places an order through the HTTP API, as a buyer does',
    body: orderSchema,
    answers: "The API's own answer: status, headers, body, and the milliseconds it took",
    handle: async ({ body }) => json(await placeOrder(service.ready.api, body)),
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
      const log = service.observations.logs.find({ text: order_id, limit: 500 });
      const stored = await readOrder(stage.get(), order_id);
      const mayBeDead = stored.order.status === 'pending' && stored.order.attempts !== undefined;
      const isDead = mayBeDead && (await isGivenUp(service, order_id));
      return json<StoredOrder>({ ...stored, log, isDead });
    },
  }),
];

/** Whether a dead-letter queue holds its message, as it is or inside Lambda's record of a failure. */
async function isGivenUp(service: ObservedService, orderId: string): Promise<boolean> {
  const { OrderDeadLetterQueueUrl: queued = '', DirectDeadLetterQueueUrl: direct = '' } =
    service.ready.outputs;
  const { queues } = await allMessages(service);
  return [queued, direct].some((url) =>
    queues[url]?.visible.some((message) => message.includes(orderId)),
  );
}

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
