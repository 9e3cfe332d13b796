import type { AsyncEventCounts, LambdaStats } from '../../contracts/runtimeStats.ts';
import type { EventSourceMapping } from './eventSourceMappings/eventSourceMapping.ts';
import type { ConcurrencyLimits } from './functions/concurrency.ts';
import type { FunctionDirectory } from './functions/functionDirectory.ts';

/** The figures of this moment, for the console and the load sampler. */
export function snapshot(
  functions: FunctionDirectory,
  limits: ConcurrencyLimits,
  mappings: readonly EventSourceMapping[],
  countsOf: (functionName: string) => AsyncEventCounts,
): LambdaStats {
  const entries = functions.all();
  return {
    accountQuota: limits.accountQuota,
    unreserved: { limit: limits.unreservedLimit, running: limits.unreservedRunning },
    functions: Object.fromEntries(
      entries.map(({ model, runtime, metrics }) => {
        const { running, peak, reserved } = limits.usage(model.name);
        const figures = {
          name: model.name,
          concurrent: running,
          peakConcurrent: peak,
          environments: runtime?.environments ?? 0,
          reserved,
          ...metrics,
          log: { ...metrics.log },
          durations: { ...metrics.durations },
          cpuTimes: { ...metrics.cpuTimes },
          durationsAtMemory: { ...metrics.durationsAtMemory },
        };
        return [model.key, figures];
      }),
    ),
    mappings: mappings.map(({ settings, running, allowed, counts }) => {
      const { uuid, functionName, queueArn, enabled, batchSize, maximumConcurrency } = settings;
      const own = { uuid, functionName, queueArn, enabled, batchSize, maximumConcurrency };
      return { ...own, running, allowed, ...counts };
    }),
    async: Object.fromEntries(entries.map(({ model }) => [model.key, countsOf(model.name)])),
  };
}
