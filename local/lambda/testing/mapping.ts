import type { EventSourceMappingModel } from '../../template/model.ts';
import { ThrottledError } from '../errors.ts';
import { EventSourceMapping } from '../eventSourceMappings/eventSourceMapping.ts';
import type { FinishedInvocation } from '../functions/invocation.ts';
import { FakeQueue } from './fakeQueue.ts';
import { ManualClock } from './manualClock.ts';

export const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:orders';

interface SqsRecord {
  messageId: string;
  body: string;
}

export interface RunningBatch {
  at: number;
  functionName: string;
  records: SqsRecord[];
  ids: string[];
  succeed: (answer?: unknown) => void;
  fail: () => void;
}

/** A mapping over a fake queue whose function does what the test says. */
export async function startMapping(
  changes: Partial<EventSourceMappingModel> = {},
  { visibilitySeconds = 30 } = {},
) {
  const clock = new ManualClock();
  const queue = new FakeQueue(clock, visibilitySeconds);
  const batches: RunningBatch[] = [];
  const function_ = { throttled: false, attempts: 0 };
  const faults: string[] = [];
  const start = clock.now();
  const mapping = new EventSourceMapping({
    model: mappingModel(changes),
    clock,
    client: queue,
    invoke: (functionName, payload) => {
      function_.attempts += 1;
      if (function_.throttled)
        throw new ThrottledError('ReservedFunctionConcurrentInvocationLimitExceeded');
      const { promise, resolve } = Promise.withResolvers<FinishedInvocation>();
      const { Records: records } = JSON.parse(payload) as { Records: SqsRecord[] };
      batches.push({
        at: clock.now() - start,
        functionName,
        records,
        ids: records.map(({ messageId }) => messageId),
        succeed: (answer = null) => resolve(finished(JSON.stringify(answer), false)),
        fail: () => resolve(finished('{"errorType":"Error"}', true)),
      });
      return promise;
    },
    onFault: (_functionName, text) => void faults.push(text),
  });
  await mapping.start();
  const sizes = () => batches.map(({ ids }) => ids.length);
  const stop = async () => {
    const stopped = mapping.stop(0);
    await clock.advance(1000);
    await stopped;
  };
  return { mapping, clock, queue, batches, sizes, function_, faults, stop };
}

export function mappingModel(changes: Partial<EventSourceMappingModel>): EventSourceMappingModel {
  return {
    uuid: '11111111-2222-3333-4444-555555555555',
    functionName: 'shop-test-work',
    queueArn: QUEUE_ARN,
    enabled: true,
    batchSize: 10,
    windowSeconds: 0,
    maximumConcurrency: undefined,
    reportBatchItemFailures: false,
    filters: [],
    ...changes,
  };
}

function finished(payload: string, isError: boolean): FinishedInvocation {
  return { payload, isError, isTimeout: false, durationMs: 1, billedMs: 1, initMs: undefined };
}
