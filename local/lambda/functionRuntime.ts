import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { FunctionModel } from '../template/model.ts';
import type { Clock } from './clock.ts';
import { environmentVariables, type VariableSources } from './environmentVariables.ts';
import { ExecutionEnvironment, type InitFailure, type Outcome } from './executionEnvironment.ts';
import { HostThread } from './hostThread.ts';
import {
  billedMs,
  endLine,
  initReportLine,
  initStartLine,
  reportLine,
  startLine,
} from './report.ts';
import { unpackZip } from './taskRoot.ts';

/** AWS publishes no figure; observers see environments kept for some minutes, so this is ours. */
export const IDLE_MS = 6 * 60_000;
/**
 * Environments of one function share a thread, so a start takes time from those that are at work. One starts at a
 * time, when the thread has time to spare or has let events wait for this long; else a burst on a busy machine would
 * start environments instead of working the burst off.
 */
const BUSY_UTILIZATION = 0.8;
const LONGEST_START_DELAY_MS = 25;
const START_CHECK_MS = 2;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB each for request and response */
const RESPONSE_LIMIT_BYTES = 6_291_556;

export interface RuntimeOptions extends VariableSources {
  clock: Clock;
  isolation: 'function' | 'thread';
  /** A folder that this runtime may fill. */
  folder: string;
  onLog: (functionKey: string, line: string) => void;
}

export interface Invocation {
  requestId: string;
  payload: string;
  functionArn: string;
  clientContext: string | undefined;
  traceId: string;
  onLine?: (line: string) => void;
}

export interface FinishedInvocation {
  payload: string;
  isError: boolean;
  isTimeout: boolean;
  durationMs: number;
  billedMs: number;
  initMs: number | undefined;
}

interface Waiting {
  invocation: Invocation;
  finish: (finished: FinishedInvocation) => void;
}

/** The execution environments of one function: started on demand, used again last in first out, dropped when idle. */
export class FunctionRuntime {
  readonly model: FunctionModel;
  readonly #options: RuntimeOptions;
  readonly #taskRoot: string;
  readonly #environments = new Map<number, ExecutionEnvironment>();
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #lines = new Map<number, (line: string) => void>();
  #thread: HostThread | undefined;
  #nextId = 1;
  #idleTimer: unknown;
  #running = 0;
  #isStarting = false;
  #lastStartAt = 0;
  #startTimer: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;
  #stopped = false;

  constructor(model: FunctionModel, options: RuntimeOptions) {
    this.model = model;
    this.#options = options;
    this.#taskRoot = path.join(options.folder, model.key);
    mkdirSync(this.#taskRoot, { recursive: true });
    unpackZip(model.zipPath, this.#taskRoot);
    if (options.isolation === 'function') this.#thread = this.#newThread();
  }

  get environments(): number {
    return this.#environments.size;
  }

  /** Hands the event to an idle environment, or to whichever comes free or is ready first. */
  invoke(invocation: Invocation): Promise<FinishedInvocation> {
    if (this.#stopped) throw new Error(`${this.model.name} has been stopped`);
    this.#running += 1;
    return new Promise<FinishedInvocation>((finish) => {
      const environment = this.#idle.pop();
      if (environment) return void this.#run(environment, { invocation, finish });
      this.#waiting.push({ invocation, finish });
      this.#startWanted();
    }).finally(() => {
      this.#running -= 1;
      if (this.#running === 0) this.#drained?.();
    });
  }

  /** Waits for what runs, up to `graceMs`, then ends every environment and the thread. */
  async stop(graceMs: number): Promise<void> {
    if (this.#running > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    }
    this.#options.clock.clearTimeout(this.#idleTimer);
    clearTimeout(this.#startTimer);
    const threads = new Set([
      this.#thread,
      ...[...this.#environments.values()].map((e) => e.thread),
    ]);
    this.#thread = undefined;
    await Promise.all([...threads].map((thread) => thread?.terminate()));
  }

  /** Starts environments as long as events wait for one. */
  #startWanted(): void {
    clearTimeout(this.#startTimer);
    if (this.#waiting.length === 0) return;
    if (this.#options.isolation === 'thread') return this.#startEnvironment();
    if (this.#isStarting) return;
    if (!this.#hasTimeToStart()) {
      this.#startTimer = setTimeout(() => this.#startWanted(), START_CHECK_MS);
      return;
    }
    this.#isStarting = true;
    this.#startEnvironment();
  }

  #hasTimeToStart(): boolean {
    if (this.#environments.size === 0) return true;
    if (performance.now() - this.#lastStartAt > LONGEST_START_DELAY_MS) return true;
    return (this.#thread?.utilization() ?? 0) < BUSY_UTILIZATION;
  }

  #onStarted(): void {
    this.#isStarting = false;
    this.#lastStartAt = performance.now();
    this.#thread?.utilization();
    if (this.#options.isolation === 'function') this.#startWanted();
  }

  #startEnvironment(): void {
    const { clock, isolation } = this.#options;
    const id = this.#nextId++;
    const log = (line: string) => this.#log(id, line);
    if (isolation === 'function') this.#thread ??= this.#newThread();
    log(initStartLine());
    const environment: ExecutionEnvironment = new ExecutionEnvironment({
      id,
      clock,
      thread: this.#thread ?? this.#newThread(),
      variables: environmentVariables(
        this.model,
        this.#taskRoot,
        this.#options,
        new Date(clock.now()),
      ),
      timeoutMs: this.model.timeoutSeconds * 1000,
      onLog: log,
      onReady: () => {
        this.#takeNext(environment);
        this.#onStarted();
      },
      onInitFailed: (failure) => {
        this.#onInitFailed(environment, failure);
        this.#onStarted();
      },
      onInitLost: () => {
        this.#drop(environment);
        this.#isStarting = false;
        this.#startWanted();
      },
      onLost: () => this.#drop(environment),
    });
    this.#environments.set(id, environment);
  }

  #newThread(): HostThread {
    const data = { taskRoot: this.#taskRoot, handler: this.model.handler };
    const limits =
      this.#options.isolation === 'thread'
        ? { resourceLimits: { maxOldGenerationSizeMb: this.model.memoryMb } }
        : {};
    const thread: HostThread = new HostThread(data, limits, () => {
      if (this.#thread === thread) this.#thread = undefined;
    });
    return thread;
  }

  async #run(environment: ExecutionEnvironment, { invocation, finish }: Waiting): Promise<void> {
    const { requestId, onLine, ...rest } = invocation;
    if (onLine) this.#lines.set(environment.id, onLine);
    this.#log(environment.id, startLine(requestId));
    const initMs = environment.initMs;
    environment.initMs = undefined;
    const outcome = limitResponse(await environment.run({ requestId, ...rest }));
    const finished = this.#report(environment, requestId, outcome, initMs);
    this.#lines.delete(environment.id);
    // The next event first: what this one's caller does with the answer must not delay it.
    if (outcome.ended) this.#drop(environment);
    else this.#takeNext(environment);
    finish(finished);
  }

  #report(
    environment: ExecutionEnvironment,
    requestId: string,
    { payload, isError, durationMs, ended }: Outcome,
    initMs: number | undefined,
  ): FinishedInvocation {
    const report = {
      requestId,
      durationMs,
      initMs,
      memoryMb: this.model.memoryMb,
      maxMemoryUsedMb: environment.maxMemoryUsedMb,
      ...ended,
    };
    this.#log(environment.id, endLine(requestId));
    this.#log(environment.id, reportLine(report));
    const isTimeout = ended?.status === 'timeout';
    const billed = billedMs(durationMs, initMs);
    return { payload, isError, isTimeout, durationMs, billedMs: billed, initMs };
  }

  #takeNext(environment: ExecutionEnvironment): void {
    const next = this.#waiting.shift();
    if (next) return void this.#run(environment, next);
    environment.idleSince = this.#options.clock.now();
    this.#idle.push(environment);
    this.#idleTimer ??= this.#options.clock.setTimeout(() => this.#dropIdle(), IDLE_MS);
  }

  /** The longest idle stand first, since the last one used is the first one taken. */
  #dropIdle(): void {
    const { clock } = this.#options;
    const now = clock.now();
    for (let oldest = this.#idle[0]; oldest; oldest = this.#idle[0]) {
      if (oldest.idleSince + IDLE_MS > now) break;
      this.#drop(oldest);
    }
    const [oldest] = this.#idle;
    this.#idleTimer = oldest
      ? clock.setTimeout(() => this.#dropIdle(), oldest.idleSince + IDLE_MS - now)
      : undefined;
  }

  #onInitFailed(environment: ExecutionEnvironment, { initMs, status, error }: InitFailure): void {
    const waiting = this.#waiting.shift();
    this.#log(environment.id, initReportLine(initMs, status, error.errorType));
    this.#drop(environment);
    if (!waiting) return;
    const { requestId, onLine } = waiting.invocation;
    if (onLine) this.#lines.set(environment.id, onLine);
    this.#log(environment.id, startLine(requestId));
    const outcome: Outcome = { payload: JSON.stringify(error), isError: true, durationMs: 0 };
    const ended = { status, errorType: error.errorType };
    waiting.finish(this.#report(environment, requestId, { ...outcome, ended }, initMs));
    this.#lines.delete(environment.id);
  }

  /** Not its own fault, so its event gets another environment. */
  #onInitLost(environment: ExecutionEnvironment): void {
    if (this.#stopped) {
      const error = { errorType: 'Runtime.ExitError', errorMessage: 'Error: Runtime was stopped' };
      this.#onInitFailed(environment, { initMs: 0, status: 'error', error });
    } else {
      this.#drop(environment);
      if (this.#waiting.length > 0) this.#startEnvironment();
    }
  }

  #drop(environment: ExecutionEnvironment): void {
    this.#environments.delete(environment.id);
    const index = this.#idle.indexOf(environment);
    if (index >= 0) this.#idle.splice(index, 1);
    if (this.#options.isolation === 'thread') void environment.thread.terminate();
    else void environment.end();
  }

  #log(environmentId: number, line: string): void {
    this.#options.onLog(this.model.key, line);
    this.#lines.get(environmentId)?.(line);
  }
}

function limitResponse(outcome: Outcome): Outcome {
  // A character takes at most three bytes of UTF-8, so most answers need no counting.
  if (outcome.payload.length * 3 <= RESPONSE_LIMIT_BYTES) return outcome;
  if (Buffer.byteLength(outcome.payload) <= RESPONSE_LIMIT_BYTES) return outcome;
  const payload = JSON.stringify({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT_BYTES} bytes).`,
  });
  return { ...outcome, payload, isError: true };
}
