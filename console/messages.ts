import type { ReadyFile } from '../contracts/readyFile.ts';
import type { Lambda } from '../local/lambda/lambda.ts';
import type { ServiceModel } from '../local/template/model.ts';

/** `GET /api/messages`: everything that is on its way, which SQS itself cannot list. */
export interface AllMessages {
  /** Bodies by queue URL; `visible` includes delayed ones. The queues between SNS and Lambda are among them. */
  queues: Record<string, { visible: string[]; inFlight: string[] }>;
  /** Payloads of asynchronous events that wait, run or will be tried again. */
  async: string[];
  /** Is the schedule of the function on? By function key. */
  schedules: Record<string, boolean>;
}

export interface QueuedMessage {
  messageId: string;
  body: string;
  sentTimestamp: number;
  messageAttributes?: Record<string, { StringValue?: string }>;
}

interface InspectedQueue {
  messages: {
    ready: QueuedMessage[];
    delayed: QueuedMessage[];
    inflight: { message: QueuedMessage }[];
  };
}

interface Sources {
  ready: ReadyFile;
  model: ServiceModel;
  lambda: Lambda;
}

/**
 * Queues are read before asynchronous events and a message leaves its queue only after the event is accepted, so one
 * that moves while this reads is seen twice rather than never.
 */
export async function allMessages({ ready, model, lambda }: Sources): Promise<AllMessages> {
  const names = (await inspect<{ name: string }[]>(ready, '')).map(({ name }) => name);
  const queues: AllMessages['queues'] = {};
  for (const name of names) {
    const { messages } = await inspect<InspectedQueue>(ready, `/${encodeURIComponent(name)}`);
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
  const { messages } = await inspect<InspectedQueue>(ready, `/${encodeURIComponent(queue)}`);
  const held = messages.inflight.map(({ message }) => message);
  return [...messages.ready, ...messages.delayed, ...held];
}

interface QueueDepth {
  name: string;
  approximateMessageCount: number;
  approximateInflightCount: number;
  approximateDelayedCount: number;
}

/** How many messages every queue holds, by name. */
export async function queueDepths(
  ready: ReadyFile,
): Promise<Record<string, { visible: number; inFlight: number }>> {
  const queues = await inspect<QueueDepth[]>(ready, '');
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

async function inspect<T>({ endpoints }: ReadyFile, path: string): Promise<T> {
  const response = await fetch(`${endpoints.sqs}/_fauxqs/queues${path}`);
  if (!response.ok) throw new Error(`The queues cannot be inspected: ${response.status}`);
  return (await response.json()) as T;
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
