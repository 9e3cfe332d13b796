import { durationAtMemory } from '../../../common/cpuShare.ts';
import type { FinishedInvocation } from './invocation.ts';

/** The figures of one function since the start, named after Lambda's metrics. */
export class FunctionMetrics {
  invocations = 0;
  errors = 0;
  timeouts = 0;
  throttles = 0;
  coldStarts = 0;
  billedGbSeconds = 0;
  /** What CloudWatch Logs would take in. */
  readonly log = { lines: 0, bytes: 0 };
  readonly durations = { count: 0, sumMs: 0, maxMs: 0 };
  readonly cpuTimes = { count: 0, sumMs: 0, maxMs: 0 };
  /** What the share of a core that comes with the memory size would make of the durations, at most. */
  readonly durationsAtMemory = { count: 0, sumMs: 0, maxMs: 0 };

  add(finished: FinishedInvocation, memoryMb: number): void {
    const { durationMs, cpuMs = 0, billedMs, initMs, isError, isTimeout } = finished;
    this.invocations += 1;
    if (isError) this.errors += 1;
    if (isTimeout) this.timeouts += 1;
    if (initMs !== undefined) this.coldStarts += 1;
    this.billedGbSeconds += (billedMs / 1000) * (memoryMb / 1024);
    count(this.durations, durationMs);
    count(this.cpuTimes, cpuMs);
    count(this.durationsAtMemory, durationAtMemory(durationMs, cpuMs, memoryMb));
  }
}

export function countLine(log: FunctionMetrics['log'], line: string): void {
  log.lines += 1;
  log.bytes += Buffer.byteLength(line);
}

function count(times: FunctionMetrics['durations'], ms: number): void {
  times.count += 1;
  times.sumMs += ms;
  times.maxMs = Math.max(times.maxMs, ms);
}
