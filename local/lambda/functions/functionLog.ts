import type { FunctionModel, LoggingModel } from '../../template/model.ts';
import type {
  ExecutionEnvironment,
  InvocationOutcome,
} from '../environments/executionEnvironment.ts';
import type { FinishedInvocation, Invocation } from './invocation.ts';
import { billedDurationMs, endLine, reportLine, startLine } from './platformLines.ts';

const SYSTEM_LEVELS = ['DEBUG', 'INFO', 'WARN'];
type SystemLevel = 'DEBUG' | 'INFO' | 'WARN';

export type LoggedEnvironment = Pick<ExecutionEnvironment, 'id' | 'maxMemoryUsedMb'>;

/** The log of one function: what its environments write, and Lambda's own lines around each invocation. */
export class FunctionLog {
  readonly #memoryMb: number;
  readonly #logging: LoggingModel;
  readonly #onLine: (line: string) => void;
  /** Who else reads along, by the environment that runs their invocation. */
  readonly #readers = new Map<number, (line: string) => void>();

  constructor(
    { memoryMb, logging }: Pick<FunctionModel, 'memoryMb' | 'logging'>,
    onLine: (line: string) => void,
  ) {
    this.#memoryMb = memoryMb;
    this.#logging = logging;
    this.#onLine = onLine;
  }

  write(environmentId: number, line: string): void {
    this.#onLine(line);
    this.#readers.get(environmentId)?.(line);
  }

  /** A line of Lambda's own: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html */
  writeSystem(environmentId: number, level: SystemLevel, line: string): void {
    const { isJson, systemLevel } = this.#logging;
    if (!isJson || SYSTEM_LEVELS.indexOf(level) >= SYSTEM_LEVELS.indexOf(systemLevel))
      this.write(environmentId, line);
  }

  begin({ id }: LoggedEnvironment, { requestId, onLine }: Invocation): void {
    if (onLine) this.#readers.set(id, onLine);
    this.writeSystem(id, 'DEBUG', startLine(requestId));
  }

  /** Writes the end and the report of an invocation, and gives the figures that it has. */
  end(
    { id, maxMemoryUsedMb }: LoggedEnvironment,
    requestId: string,
    { payload, isError, durationMs, cpuMs, ended }: InvocationOutcome,
    initMs: number | undefined,
  ): FinishedInvocation {
    const isTimeout = ended?.status === 'timeout';
    const billedMs = billedDurationMs(durationMs, initMs);
    const memory = { memoryMb: this.#memoryMb, maxMemoryUsedMb };
    this.writeSystem(id, ended ? 'WARN' : 'DEBUG', endLine(requestId));
    const report = reportLine({
      requestId,
      durationMs,
      cpuMs,
      billedMs,
      initMs,
      ...memory,
      ...ended,
    });
    this.writeSystem(id, ended ? 'WARN' : 'INFO', report);
    this.#readers.delete(id);
    return { payload, isError, isTimeout, durationMs, cpuMs, billedMs, initMs };
  }
}
