import type { AsyncCounts } from './asyncEvents/asyncSettings.ts';
import type { EventSourceMapping } from './eventSourceMappings/eventSourceMapping.ts';
import type { ConcurrencyLimits } from './functions/concurrency.ts';
import type { FunctionDirectory } from './functions/functionDirectory.ts';

export interface FunctionSnapshot {
  name: string;
  concurrent: number;
  peakConcurrent: number;
  environments: number;
  reserved: number | undefined;
  invocations: number;
  errors: number;
  timeouts: number;
  throttles: number;
  coldStarts: number;
  billedGbSeconds: number;
  durations: { count: number; sumMs: number; maxMs: number };
}

export interface MappingSnapshot {
  uuid: string;
  functionName: string;
  queueArn: string;
  enabled: boolean;
  batchSize: number;
  maximumConcurrency: number | undefined;
  running: number;
  allowed: number;
  polled: number;
  invoked: number;
  deleted: number;
  failed: number;
  filteredOut: number;
  throttled: number;
}

export interface LambdaSnapshot {
  accountQuota: number;
  unreserved: { limit: number; running: number };
  /** By the manifest's key. */
  functions: Record<string, FunctionSnapshot>;
  mappings: MappingSnapshot[];
  /** By the manifest's key. */
  async: Record<string, AsyncCounts>;
}

/** The figures of this moment, for the console and the load sampler. */
export function snapshot(
  functions: FunctionDirectory,
  limits: ConcurrencyLimits,
  mappings: readonly EventSourceMapping[],
  countsOf: (functionName: string) => AsyncCounts,
): LambdaSnapshot {
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
          durations: { ...metrics.durations },
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
