import type {
  ExecutionEnvironment,
  InvocationOutcome,
} from '../environments/executionEnvironment.ts';
import type { FinishedInvocation, Invocation } from './invocation.ts';
import { billedDurationMs, endLine, reportLine, startLine } from './platformLines.ts';

export type LoggedEnvironment = Pick<ExecutionEnvironment, 'id' | 'maxMemoryUsedMb'>;

/** The log of one function: what its environments write, and Lambda's own lines around each invocation. */
export class FunctionLog {
  readonly #memoryMb: number;
  readonly #onLine: (line: string) => void;
  /** Who else reads along, by the environment that runs their invocation. */
  readonly #readers = new Map<number, (line: string) => void>();

  constructor(memoryMb: number, onLine: (line: string) => void) {
    this.#memoryMb = memoryMb;
    this.#onLine = onLine;
  }

  write(environmentId: number, line: string): void {
    this.#onLine(line);
    this.#readers.get(environmentId)?.(line);
  }

  begin({ id }: LoggedEnvironment, { requestId, onLine }: Invocation): void {
    if (onLine) this.#readers.set(id, onLine);
    this.write(id, startLine(requestId));
  }

  /** Writes the end and the report of an invocation, and gives the figures that it has. */
  end(
    { id, maxMemoryUsedMb }: LoggedEnvironment,
    requestId: string,
    { payload, isError, durationMs, ended }: InvocationOutcome,
    initMs: number | undefined,
  ): FinishedInvocation {
    const isTimeout = ended?.status === 'timeout';
    const billedMs = billedDurationMs(durationMs, initMs);
    const memory = { memoryMb: this.#memoryMb, maxMemoryUsedMb };
    this.write(id, endLine(requestId));
    this.write(id, reportLine({ requestId, durationMs, billedMs, initMs, ...memory, ...ended }));
    this.#readers.delete(id);
    return { payload, isError, isTimeout, durationMs, billedMs, initMs };
  }
}
