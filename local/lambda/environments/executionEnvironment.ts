import type { Clock } from '../../clock.ts';
import type {
  DoneMessage,
  ErrorPayload,
  ExitCause,
  FromHost,
  HostInvocation,
} from './host/protocol.ts';
import type { HostThread, ThreadLoss } from './hostThread.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib */
const INIT_TIMEOUT_MS = 10_000;

export interface InvocationOutcome {
  payload: string;
  isError: boolean;
  durationMs: number;
  /** Of its thread; not known of one that was ended. */
  cpuMs?: number | undefined;
  /** Why the environment ended with this invocation, if it did. */
  ended?: { status: 'timeout' | 'error'; errorType?: string };
}

export interface InitFailure {
  initMs: number;
  status: 'timeout' | 'error';
  error: Omit<ErrorPayload, 'trace'>;
}

interface EnvironmentOptions {
  id: number;
  clock: Clock;
  thread: HostThread;
  variables: Record<string, string>;
  timeoutMs: number;
  onLog: (line: string) => void;
  onReady: () => void;
  onInitFailed: (failure: InitFailure) => void;
  /** The thread went down through another environment before this one was ready. */
  onInitLost: () => void;
  /** The thread is gone or the code ended itself while nothing was running here. */
  onLost: () => void;
}

/** The main thread's view of one execution environment: starting, idle, or running exactly one invocation. */
export class ExecutionEnvironment {
  readonly id: number;
  readonly thread: HostThread;
  idleSince = 0;
  initMs: number | undefined;
  maxMemoryUsedMb = 0;
  readonly #options: EnvironmentOptions;
  #initTimer: unknown;
  readonly #createdAt = performance.now();
  #startedAt = 0;
  /** By a timeout, so that its code may be at work still. */
  #wasCutOff = false;
  #running: { requestId: string; finish: (outcome: InvocationOutcome) => void } | undefined;

  constructor(options: EnvironmentOptions) {
    this.id = options.id;
    this.thread = options.thread;
    this.#options = options;
    this.#initTimer = options.clock.setTimeout(() => this.#onInitTimeout(), INIT_TIMEOUT_MS);
    options.thread.start(options.id, options.variables, {
      onMessage: (message) => this.#receive(message),
      onThreadLost: (loss) => this.#onThreadLost(loss),
    });
  }

  run(invocation: Omit<HostInvocation, 'deadlineMs'>): Promise<InvocationOutcome> {
    const { timeoutMs } = this.#options;
    this.#startedAt = performance.now();
    const deadlineMs = Date.now() + timeoutMs;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#onTimeout(), timeoutMs);
      const finish = (outcome: InvocationOutcome) => {
        clearTimeout(timer);
        this.#running = undefined;
        resolve(outcome);
      };
      this.#running = { requestId: invocation.requestId, finish };
      const message = { ...invocation, deadlineMs };
      this.thread.send({ type: 'invoke', environment: this.id, invocation: message });
    });
  }

  /** Ends the environment, and fails what may still run in it. */
  async end(): Promise<void> {
    this.#endInit();
    if (this.#running)
      this.#crash('Runtime.ExitError', 'Runtime exited without providing a reason');
    await this.thread.end(this.id, this.#wasCutOff);
  }

  #receive(message: FromHost): void {
    if (message.type === 'log') this.#options.onLog(message.line);
    else if (message.type === 'done') this.#onDone(message);
    else if (message.type === 'exited') this.#onExited(message.cause);
    else if (message.type === 'ready') this.#onReady(message.initMs, message.memoryMb);
    else if (message.type === 'initFailed') {
      const { initMs, error } = message;
      this.#failInit({ initMs, status: 'error', error });
    }
  }

  #onReady(initMs: number, memoryMb: number): void {
    this.#endInit();
    this.initMs = initMs;
    this.maxMemoryUsedMb = memoryMb;
    this.#options.onReady();
  }

  #onDone({ payload, isError, durationMs, cpuMs, memoryMb }: DoneMessage): void {
    this.maxMemoryUsedMb = Math.max(this.maxMemoryUsedMb, memoryMb);
    this.#running?.finish({ payload, isError, durationMs, cpuMs });
  }

  #onTimeout(): void {
    this.#wasCutOff = true;
    const { timeoutMs } = this.#options;
    const requestId = this.#running?.requestId;
    const text = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
    this.#options.onLog(`${new Date().toISOString()} ${requestId} ${text}`);
    const errorMessage = `RequestId: ${requestId} Error: ${text}`;
    this.#finish({
      payload: JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage }),
      durationMs: timeoutMs,
      ended: { status: 'timeout' },
    });
  }

  #onExited(cause: ExitCause): void {
    if (cause.kind === 'exception') this.#lose(cause.error.errorType, '', cause.error);
    else this.#lose('Runtime.ExitError', exitText(cause));
  }

  #onThreadLost({ outOfMemory, hadAnswered }: ThreadLoss): void {
    if (outOfMemory) this.#lose('Runtime.OutOfMemory', 'signal: killed');
    else if (this.#initTimer && hadAnswered) {
      this.#endInit();
      this.#options.onInitLost();
    } else this.#lose('Runtime.ExitError', 'Runtime exited without providing a reason');
  }

  /** The code is gone, and with it what it was at. */
  #lose(errorType: string, text: string, thrown?: ErrorPayload): void {
    const status = 'error' as const;
    if (this.#initTimer) {
      const error = thrown ?? { errorType, errorMessage: `Error: ${text}` };
      this.#failInit({ initMs: performance.now() - this.#createdAt, status, error });
    } else if (!this.#running) this.#options.onLost();
    else if (thrown)
      this.#finish({ payload: JSON.stringify(thrown), ended: { status, errorType } });
    else this.#crash(errorType, text);
  }

  #crash(errorType: string, text: string): void {
    const errorMessage = `RequestId: ${this.#running?.requestId} Error: ${text}`;
    this.#options.onLog(errorMessage);
    const ended = { status: 'error' as const, errorType };
    this.#finish({ payload: JSON.stringify({ errorType, errorMessage }), ended });
  }

  #finish(outcome: {
    payload: string;
    durationMs?: number;
    ended: Required<InvocationOutcome>['ended'];
  }): void {
    const durationMs = performance.now() - this.#startedAt;
    this.#running?.finish({ durationMs, ...outcome, isError: true });
  }

  #onInitTimeout(): void {
    this.#wasCutOff = true;
    const error = {
      errorType: 'Sandbox.Timedout',
      errorMessage: `Init timed out after ${INIT_TIMEOUT_MS / 1000} seconds`,
    };
    this.#failInit({ initMs: INIT_TIMEOUT_MS, status: 'timeout', error });
  }

  #failInit(failure: InitFailure): void {
    this.#endInit();
    this.#options.onInitFailed(failure);
  }

  #endInit(): void {
    this.#options.clock.clearTimeout(this.#initTimer);
    this.#initTimer = undefined;
  }
}

function exitText(cause: Exclude<ExitCause, { kind: 'exception' }>): string {
  if (cause.kind === 'signal') return `Runtime exited with error: signal: ${cause.signal}`;
  return cause.code === 0
    ? 'Runtime exited without providing a reason'
    : `Runtime exited with error: exit status ${cause.code}`;
}
