import * as z from 'zod';
import type { ConsoleContext } from './context.ts';
import { queueNames } from './context.ts';
import { readDeadLetter } from './deadLetters.ts';
import { streamSamples } from './eventStream.ts';
import { allMessages, messagesOf } from './messages.ts';
import { readOrder } from './orderBook.ts';
import { json, type Route, route } from './route.ts';
import { runtimeStats } from './stats.ts';

const define = route<ConsoleContext>();

const MOST_DEAD_LETTERS = 500;
const logQuery = z.object({
  function: z.string().max(100).optional(),
  level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL']).optional(),
  text: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(200),
});

/** What can be looked at. */
export const WATCH_ROUTES: Route<ConsoleContext>[] = [
  define({
    method: 'GET',
    path: '/api/service',
    summary: 'What runs here: addresses, queues, functions, and whether changes are allowed',
    answers: 'Name, stage, version, addresses, names of queues and functions',
    handle: (context) => json(describeService(context)),
  }),
  define({
    method: 'GET',
    path: '/api/events',
    summary: 'A sample of everything each second, as server-sent events',
    query: z.object({ after: z.coerce.number().optional() }),
    answers:
      'Events `sample`: first the last 15 minutes, or what came after Last-Event-ID or `after`',
    stream: ({ history }, request, response) => streamSamples(request, response, history),
  }),
  define({
    method: 'GET',
    path: '/api/history',
    summary: 'The samples of the last 15 minutes',
    answers: 'An array of samples, the oldest first',
    handle: ({ history }) => ({
      type: 'application/json',
      body: `[${history
        .after()
        .map((recorded) => recorded.json)
        .join()}]`,
    }),
  }),
  define({
    method: 'GET',
    path: '/api/metrics',
    summary:
      'What CloudWatch would know: the sums of all metrics that the functions wrote as EMF lines',
    answers:
      'Lines read and invalid; series with namespace, name, unit, dimensions, count, sum, min, max',
    handle: ({ observations: { metrics } }) =>
      json({ lines: metrics.lines, series: metrics.all() }),
  }),
  define({
    method: 'GET',
    path: '/api/stats',
    summary: "The runtime's own counts since its start",
    answers: 'Functions, mappings, asynchronous events, gateway, memory',
    handle: ({ lambda, gateway }) => json(runtimeStats(lambda, gateway)),
  }),
  define({
    method: 'GET',
    path: '/api/messages',
    summary: 'Every message on its way, which SQS itself cannot list',
    answers: 'Bodies by queue, payloads of asynchronous events, schedules',
    handle: async (context) => json(await allMessages(context)),
  }),
  define({
    method: 'GET',
    path: '/api/logs',
    summary: "The functions' latest log lines; an order's id as text gives the order's whole way",
    query: logQuery,
    answers: 'Lines, the oldest first',
    handle: ({ observations }, { query: { function: functionKey, ...query } }) =>
      json({ lines: observations.logs.find({ functionKey, ...query }) }),
  }),
  define({
    method: 'GET',
    path: '/api/orders/{order_id}',
    summary: 'An order as it is stored, its charges, and its log',
    answers: 'The order with attempts and the last cause; 404 where there is none',
    handle: async (context, { parameters: { order_id = '' } }) => {
      const log = context.observations.logs.find({ text: order_id, limit: 500 });
      return json({ ...(await readOrder(context, order_id)), log });
    },
  }),
  define({
    method: 'GET',
    path: '/api/dead-letters',
    summary: 'Messages that were given up, with their cause',
    answers: `The count, and the ${MOST_DEAD_LETTERS} newest`,
    handle: async (context) => json(await deadLetters(context)),
  }),
];

function describeService({ ready, model, version, readOnly }: ConsoleContext) {
  return {
    service: model.service,
    stage: model.stage,
    version,
    readOnly,
    api: ready.api,
    console: ready.console,
    endpoints: ready.endpoints,
    queues: queueNames(ready),
    functions: model.functions.map(({ key }) => key),
    notRun: model.notRun,
  };
}

async function deadLetters(context: ConsoleContext) {
  const { orderDeadLetters, directDeadLetters } = queueNames(context.ready);
  const names = [orderDeadLetters, directDeadLetters].filter((name) => name !== '');
  const letters = await Promise.all(
    names.map(async (name) =>
      (await messagesOf(context.ready, name)).map((message) => readDeadLetter(name, message)),
    ),
  );
  const all = letters.flat().sort((a, b) => b.sentAt.localeCompare(a.sentAt));
  const shown = await Promise.all(
    all.slice(0, MOST_DEAD_LETTERS).map(async (letter) => ({
      ...letter,
      ...(letter.orderId !== undefined && (await orderState(context, letter.orderId))),
    })),
  );
  return { count: all.length, letters: shown };
}

/** The order's own record tells why its last attempt failed; the message only that it did. */
async function orderState(context: ConsoleContext, orderId: string) {
  const order = (await readOrder(context, orderId).catch(() => undefined))?.order;
  if (!order) return {};
  const lastError = order.last_error as { cause?: string } | undefined;
  return {
    status: order.status,
    attempts: order.attempts ?? 0,
    ...(lastError?.cause !== undefined && { cause: lastError.cause }),
  };
}
