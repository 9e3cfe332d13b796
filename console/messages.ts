import * as z from 'zod';
import type { Messages } from '../contracts/consoleApi.ts';
import type { ReadyFile } from '../contracts/readyFile.ts';
import type { Sample } from '../contracts/sample.ts';
import type { ServiceModel } from '../local/template/model.ts';
import type { ObservedService } from './servicePanels.ts';

/** How long the emulator may take to count its queues, and to list what is in them. */
const COUNT_LIMIT_MS = 2000;
const LIST_LIMIT_MS = 30_000;

const messageSchema = z.object({
  messageId: z.string(),
  body: z.string(),
  sentTimestamp: z.number(),
  messageAttributes: z
    .record(z.string(), z.object({ StringValue: z.string().optional() }))
    .optional(),
});
export type QueuedMessage = z.infer<typeof messageSchema>;

const queueSchema = z.object({
  messages: z.object({
    ready: z.array(messageSchema),
    delayed: z.array(messageSchema),
    inflight: z.array(z.object({ message: messageSchema })),
  }),
});
const depthsSchema = z.array(
  z.object({
    name: z.string(),
    approximateMessageCount: z.number(),
    approximateInflightCount: z.number(),
    approximateDelayedCount: z.number(),
  }),
);
const namesSchema = z.array(z.object({ name: z.string() }));

/**
 * Queues are read before asynchronous events and a message leaves its queue only after the event is accepted, so one
 * that moves while this reads is seen twice rather than never.
 */
export async function allMessages({
  ready,
  model,
  lambda,
}: Pick<ObservedService, 'ready' | 'model' | 'lambda'>): Promise<Messages> {
  const names = await inspect(ready, '', namesSchema, LIST_LIMIT_MS);
  const queues: Messages['queues'] = {};
  for (const { name } of names) {
    const { messages } = await queueOf(ready, name);
    const url = model.queues.find((queue) => queue.name === name)?.url ?? name;
    queues[url] = {
      visible: [...messages.ready, ...messages.delayed].map(({ body }) => body),
      inFlight: messages.inflight.map(({ message }) => message.body),
    };
  }
  return { queues, async: lambda.asyncPayloads(), schedules: schedulesOf(model) };
}

/** All messages of one queue, whoever holds them. */
export async function messagesOf(ready: ReadyFile, queue: string): Promise<QueuedMessage[]> {
  const { messages } = await queueOf(ready, queue);
  const held = messages.inflight.map(({ message }) => message);
  return [...messages.ready, ...messages.delayed, ...held];
}

/** How many messages every queue holds, by name. */
export async function queueDepths(ready: ReadyFile): Promise<Sample['queues']> {
  const queues = await inspect(ready, '', depthsSchema, COUNT_LIMIT_MS);
  return Object.fromEntries(
    queues.map(({ name, ...depth }) => [
      name,
      {
        visible: depth.approximateMessageCount + depth.approximateDelayedCount,
        inFlight: depth.approximateInflightCount,
      },
    ]),
  );
}

const queueOf = (ready: ReadyFile, name: string) =>
  inspect(ready, `/${encodeURIComponent(name)}`, queueSchema, LIST_LIMIT_MS);

async function inspect<T>(
  { endpoints }: ReadyFile,
  path: string,
  schema: z.ZodType<T>,
  limitMs: number,
): Promise<T> {
  const signal = AbortSignal.timeout(limitMs);
  const response = await fetch(`${endpoints.sqs}/_fauxqs/queues${path}`, { signal });
  if (!response.ok) throw new Error(`The queues cannot be inspected: ${response.status}`);
  return schema.parse(await response.json());
}

function schedulesOf(model: ServiceModel): Record<string, boolean> {
  const keyOf = (name: string) =>
    model.functions.find((candidate) => candidate.name === name)?.key ?? name;
  return Object.fromEntries(
    model.schedules.flatMap(({ targets, enabled }) =>
      targets.map(({ functionName }) => [keyOf(functionName), enabled]),
    ),
  );
}
