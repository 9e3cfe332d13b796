import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * A process with one execution environment: loads a file, answers a first event, then as many as it is asked for. Tells
 * what that took by IPC, since a function's log goes to its standard output.
 */

export interface FirstAnswer {
  /** From before the bundle was loaded until its first answer. */
  ms: number;
  peakMb: number;
}

export interface WarmAnswers {
  msEach: number;
  /** Of all threads: the compiler's and the collector's count on Lambda as well. */
  cpuMsEach: number;
}

/** Of a function behind the gateway, of one behind a queue, or none. */
type Answer = { statusCode?: number; batchItemFailures?: object[] } | undefined;
type Handler = (event: object, context: object) => Promise<Answer>;

/** The sweeper stops 10 s before its own. */
const TIME_LIMIT_MS = 20_000;
const [, , file = ''] = process.argv;
const { promise: loaded, resolve: setLoaded } = Promise.withResolvers<Handler>();

process.on('message', async (message: { first: object } | { event: object; count: number }) => {
  process.send?.('first' in message ? await answerFirst(message.first) : await answerMore(message));
});

async function answerFirst(event: object): Promise<FirstAnswer> {
  const startedAt = performance.now();
  const { handler } = createRequire(path.resolve(file))(path.resolve(file)) as { handler: Handler };
  await answer(handler, event);
  const ms = performance.now() - startedAt;
  setLoaded(handler);
  return { ms, peakMb: process.resourceUsage().maxRSS / 1024 };
}

async function answerMore({
  event,
  count,
}: {
  event: object;
  count: number;
}): Promise<WarmAnswers> {
  const handler = await loaded;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (let number = 0; number < count; number += 1) await answer(handler, event);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { msEach: ms / count, cpuMsEach: (user + system) / 1000 / count };
}

/** A fresh event each time: a function may change what it gets. */
async function answer(handler: Handler, event: object): Promise<void> {
  const endsAt = Date.now() + TIME_LIMIT_MS;
  const answer = await handler(structuredClone(event), {
    ...{ functionName: 'bench', awsRequestId: crypto.randomUUID(), memoryLimitInMB: '256' },
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
    getRemainingTimeInMillis: () => endsAt - Date.now(),
  });
  const { statusCode = 200, batchItemFailures = [] } = answer ?? {};
  if (statusCode >= 300 || batchItemFailures.length > 0)
    throw new Error(`answered ${JSON.stringify(answer)}`);
}
