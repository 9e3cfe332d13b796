import type { FinishedInvocation } from './invocation.ts';

/** The figures of one function since the start, named after Lambda's metrics. */
export class FunctionMetrics {
  invocations = 0;
  errors = 0;
  timeouts = 0;
  throttles = 0;
  coldStarts = 0;
  billedGbSeconds = 0;
  readonly durations = { count: 0, sumMs: 0, maxMs: 0 };

  add(finished: FinishedInvocation, memoryMb: number): void {
    const { durationMs, billedMs, initMs, isError, isTimeout } = finished;
    this.invocations += 1;
    if (isError) this.errors += 1;
    if (isTimeout) this.timeouts += 1;
    if (initMs !== undefined) this.coldStarts += 1;
    this.billedGbSeconds += (billedMs / 1000) * (memoryMb / 1024);
    this.durations.count += 1;
    this.durations.sumMs += durationMs;
    this.durations.maxMs = Math.max(this.durations.maxMs, durationMs);
  }
}
