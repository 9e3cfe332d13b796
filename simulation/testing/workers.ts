import { DEFAULT_ASYNC_SETTINGS } from '../../local/lambda/asyncEvents/asyncSettings.ts';
import type { EventSourceMappingModel } from '../../local/template/model.ts';
import type { SimulatedFunction } from '../lambda/environmentPool.ts';
import { SimulatedLambda, type SimulatedLambdaOptions } from '../lambda/simulatedLambda.ts';
import { MemoryQueue } from '../messaging/memoryQueue.ts';
import { SeededRandom } from '../seededRandom.ts';
import { VirtualClock } from '../virtualClock.ts';

export const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:orders';
export const MAPPING: EventSourceMappingModel = {
  uuid: '11111111-2222-3333-4444-555555555555',
  ...{ functionName: 'worker', queueArn: QUEUE_ARN, enabled: true },
  ...{ batchSize: 10, windowSeconds: 1, maximumConcurrency: 20 },
  ...{ reportBatchItemFailures: true, filters: [] },
};
export const ASYNC = DEFAULT_ASYNC_SETTINGS;

/** A function that takes so long for each event, and cold starts no time. */
export const lasting = (
  clock: VirtualClock,
  durationMs: number,
  changes: Partial<SimulatedFunction> = {},
): SimulatedFunction => ({
  ...{ name: 'worker', reservedConcurrency: 20, timeoutMs: 20_000, initMs: () => 0 },
  load: (environment) => () => environment.live(clock.sleep(durationMs)),
  ...changes,
});

/** A queue with workers on it, started. */
export async function workers(
  changes: Partial<EventSourceMappingModel> = {},
  of: (clock: VirtualClock) => Partial<SimulatedLambdaOptions> = () => ({}),
) {
  const clock = new VirtualClock();
  const queue = new MemoryQueue({ arn: QUEUE_ARN, clock, visibilitySeconds: 121 });
  const lambda = new SimulatedLambda({
    ...{ clock, accountQuota: 1000, randomness: new SeededRandom(1) },
    functions: [lasting(clock, 3_000)],
    eventSourceMappings: [{ model: { ...MAPPING, ...changes }, client: queue }],
    ...of(clock),
  });
  await lambda.start();
  return { clock, queue, lambda };
}
