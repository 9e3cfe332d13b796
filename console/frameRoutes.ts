import * as z from 'zod';
import type { Logs, Messages, ServiceInfo } from '../contracts/consoleApi.ts';
import type { MetricSums } from '../contracts/metricSums.ts';
import type { RuntimeStats } from '../contracts/runtimeStats.ts';
import { streamSamples } from './eventStream.ts';
import type { History } from './history.ts';
import { allMessages } from './messages.ts';
import { json, type Route, route } from './route.ts';
import type { ObservedService } from './servicePanels.ts';

export interface FrameContext extends ObservedService {
  history: History;
  /** What the panels add to the answer of `GET /api/service`. */
  about: Record<string, unknown>;
}

const logQuery = z.object({
  function: z.string().max(100).optional(),
  level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL']).optional(),
  text: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(200),
});

/** What can be looked at in any service. */
export const frameRoutes = (context: FrameContext): Route[] => [
  route('GET', '/api/service', {
    summary: 'What runs here: addresses, queues, functions, and whether changes are allowed',
    answers: 'Name, stage, version, addresses, names of queues, topics and functions',
    handle: () => json({ ...describeService(context), ...context.about }),
  }),
  route('GET', '/api/events', {
    summary: 'A sample of everything each second, as server-sent events',
    query: z.object({ after: z.coerce.number().int().min(0).optional() }),
    answers:
      'Events `sample`: first the last 15 minutes, or what came after Last-Event-ID or `after`',
    stream: (request, response) => streamSamples(request, response, context.history),
  }),
  route('GET', '/api/history', {
    summary: 'The samples of the last 15 minutes',
    answers: 'An array of samples, the oldest first',
    handle: () => {
      const samples = context.history.after().map((recorded) => recorded.json);
      return { type: 'application/json', body: `[${samples.join()}]` };
    },
  }),
  route('GET', '/api/metrics', {
    summary:
      'What CloudWatch would know: the sums of all metrics that the functions wrote as EMF lines, and what their invocations took',
    answers:
      'Lines read and invalid; series with namespace, name, unit, dimensions, count, sum, min, max; by function the durations, the CPU times, and the durations that its memory size would give on Lambda',
    handle: () => {
      const { metrics } = context.observations;
      const { functions } = context.lambda.snapshot();
      return json<MetricSums>({ lines: metrics.lines, series: metrics.all(), functions });
    },
  }),
  route('GET', '/api/stats', {
    summary: "The runtime's own counts since its start",
    answers: 'Functions, mappings, asynchronous events, gateway, memory',
    handle: () => json<RuntimeStats>(runtimeStats(context)),
  }),
  route('GET', '/api/messages', {
    summary: 'Every message on its way, which SQS itself cannot list',
    answers: 'Bodies by queue, payloads of asynchronous events, schedules',
    handle: async () => json<Messages>(await allMessages(context)),
  }),
  route('GET', '/api/logs', {
    summary: "The functions' latest log lines; an id as text gives its whole way",
    query: logQuery,
    answers: 'Lines, the oldest first',
    handle: ({ query: { function: functionKey, ...query } }) =>
      json<Logs>({ lines: context.observations.logs.find({ functionKey, ...query }) }),
  }),
];

function describeService({ ready, model, version, readOnly }: FrameContext): ServiceInfo {
  const { service, stage, functions, queues, topics, subscriptions, notRun } = model;
  const { api, console, endpoints } = ready;
  const keys = functions.map(({ key }) => key);
  const toldBy = (arn: string) =>
    subscriptions
      .filter(({ topicArn }) => topicArn === arn)
      .map(({ endpoint }) => endpoint.split(':').at(-1) ?? endpoint);
  return {
    ...{ service, stage, version, readOnly, api, console, endpoints, notRun, functions: keys },
    queues: queues.map(({ name }) => name),
    topics: topics.map(({ name, arn }) => ({ name, subscriptions: toldBy(arn) })),
  };
}

const runtimeStats = ({ lambda, gateway }: FrameContext): RuntimeStats => ({
  at: new Date().toISOString(),
  ...lambda.snapshot(),
  gateway: gateway?.stats(),
  memoryBytes: process.memoryUsage.rss(),
});
