import { createRequire } from 'node:module';
import path from 'node:path';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';

/** A process with one execution environment: loads the file that it is told, then runs a batch for each event. */

type Handler = (event: SQSEvent, context: Partial<Context>) => Promise<SQSBatchResponse>;

export interface BatchRun {
  ms: number;
  /** Of all threads of the process: the compiler's and the collector's count on Lambda as well. */
  cpuMs: number;
  failed: number;
}

const TIME_LIMIT_MS = 20_000;
let handler: Handler | undefined;

process.on('message', async (message: { load: string } | { event: SQSEvent }) => {
  if ('load' in message) {
    const file = message.load;
    handler = createRequire(file)(path.resolve(file)).handler as Handler;
    process.send?.('loaded');
  } else process.send?.(await run(message.event));
});

async function run(event: SQSEvent): Promise<BatchRun> {
  if (handler === undefined) throw new Error('nothing is loaded yet');
  const endsAt = Date.now() + TIME_LIMIT_MS;
  const context = {
    ...{ functionName: 'worker', awsRequestId: crypto.randomUUID(), memoryLimitInMB: '256' },
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
    getRemainingTimeInMillis: () => endsAt - Date.now(),
  };
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const { batchItemFailures } = await handler(event, context);
  const { user, system } = process.cpuUsage(cpuBefore);
  const ms = performance.now() - startedAt;
  return { ms, cpuMs: (user + system) / 1000, failed: batchItemFailures.length };
}
