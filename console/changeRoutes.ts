import { UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { WAYS } from '../lib/domain/order.ts';
import { workerCountSchema } from '../ops/sizing.ts';
import { readWorkers, setWorkerCount } from '../ops/workers/workers.ts';
import { type ConsoleContext, requireOrders } from './context.ts';
import { type Answer, ConsoleProblem, json, type Route, route } from './route.ts';
import { salePhases } from './saleRun.ts';

const define = route<ConsoleContext>();

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

const saleSchema = z.strictObject({
  phase: z.string().max(5),
  quick: z.boolean().default(true),
  seconds: z.number().int().min(15).max(3600).optional(),
});

/** What can be changed, and the state that a change starts from. */
export const CHANGE_ROUTES: Route<ConsoleContext>[] = [
  define({
    method: 'POST',
    path: '/api/orders',
    summary: 'Places an order through the HTTP API, as a buyer does',
    body: orderSchema,
    answers: "The API's own answer: status, headers, body, and the milliseconds it took",
    handle: async ({ ready }, { body }) => json(await placeOrder(ready.api, body)),
  }),
  define({
    method: 'GET',
    path: '/api/workers',
    summary: 'What decides how many orders the queue way pays at a time',
    answers: 'Reserved concurrency, maximum concurrency and batch size of the workers',
    handle: async (context) => json(await readWorkers(orderStage(context))),
  }),
  define({
    method: 'PUT',
    path: '/api/workers',
    summary: 'Sets how many workers take orders from the queue',
    body: z.strictObject({ workers: workerCountSchema }),
    answers: 'The settings before and after, and the calls that were made',
    handle: async (context, { body }) =>
      json(await setWorkerCount(orderStage(context), body.workers)),
  }),
  define({
    method: 'PUT',
    path: '/api/mapping',
    summary: "Pauses or resumes the queue's event source mapping",
    body: z.strictObject({ enabled: z.boolean() }),
    answers: 'Whether it is enabled',
    handle: (context, { body }) => setMapping(context, body.enabled),
  }),
  define({
    method: 'GET',
    path: '/api/sale',
    summary: 'The phases of the sale, and the one that runs or ran last',
    query: z.object({ quick: z.enum(['true', 'false']).default('true') }),
    answers: 'Phases with id, name and seconds; the run with its lines and exit status, or null',
    handle: ({ sale }, { query }) =>
      json({ phases: salePhases(query.quick === 'true'), run: sale.state }),
  }),
  define({
    method: 'POST',
    path: '/api/sale',
    summary: 'Runs a phase of the sale against this service; needs Python for Locust',
    body: saleSchema,
    answers: 'The run as it began; 409 while another one runs',
    handle: ({ ready, sale }, { body }) => {
      requireOrders(ready);
      return json(sale.start(body), 202);
    },
  }),
  define({
    method: 'DELETE',
    path: '/api/sale',
    summary: 'Stops the running phase in order',
    answers: 'The run as it ended',
    handle: async ({ sale }) => {
      await sale.stop();
      return json(sale.state);
    },
  }),
];

function orderStage({ ready, stage }: ConsoleContext) {
  requireOrders(ready);
  return stage();
}

async function placeOrder(
  api: string,
  { way, body, idempotency_key }: z.infer<typeof orderSchema>,
) {
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
    body: asJson(text),
  };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function setMapping(context: ConsoleContext, enabled: boolean): Promise<Answer> {
  const [mapping] = context.lambda.snapshot().mappings;
  if (!mapping) throw new ConsoleProblem(501, 'this service has no event source mapping');
  await orderStage(context).clients.lambda.send(
    new UpdateEventSourceMappingCommand({ UUID: mapping.uuid, Enabled: enabled }),
  );
  return json({ enabled });
}
