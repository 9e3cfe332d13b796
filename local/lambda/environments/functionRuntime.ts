import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../clock.ts';
import type { FunctionModel } from '../../template/model.ts';
import { YOUNG_GENERATION } from '../../threadLimits.ts';
import { environmentVariables, type VariableSources } from '../functions/environmentVariables.ts';
import { FunctionLog, type LoggedEnvironment } from '../functions/functionLog.ts';
import type { FinishedInvocation, Invocation } from '../functions/invocation.ts';
import { readNodeOptions } from '../functions/nodeOptions.ts';
import { initReportLine, initStartLine } from '../functions/platformLines.ts';
import { ExecutionEnvironment, type InitFailure } from './executionEnvironment.ts';
import type { LocalEndpoints } from './host/protocol.ts';
import { HostThread } from './hostThread.ts';
import { limitResponse } from './responseLimit.ts';
import { StartPace } from './startPace.ts';
import { unpackZip } from './taskRoot.ts';

/** AWS publishes no figure; observers see environments kept for some minutes, so this is ours. */
export const IDLE_MS = 6 * 60_000;

interface RuntimeOptions extends VariableSources {
  clock: Clock;
  isolation: 'function' | 'thread';
  /** A folder that this runtime may fill. */
  folder: string;
  serviceDirectory?: string | undefined;
  endpoints?: LocalEndpoints | undefined;
  onLog: (functionKey: string, line: string) => void;
}

interface Waiting {
  invocation: Invocation;
  finish: (finished: FinishedInvocation) => void;
}

/** The execution environments of one function: started on demand, used again last in first out, dropped when idle. */
export class FunctionRuntime {
  readonly #model: FunctionModel;
  readonly #options: RuntimeOptions;
  readonly #taskRoot: string;
  readonly #log: FunctionLog;
  readonly #pace: StartPace;
  readonly #environments = new Map<number, ExecutionEnvironment>();
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #waiting: Waiting[] = [];
  #isolation: 'function' | 'thread';
  #thread: HostThread | undefined;
  #nextId = 1;
  #idleTimer: unknown;
  #running = 0;
  #shortestRunMs: number | undefined;
  #drained: () => void = () => undefined;
  #isStopped = false;
  /** Until the first environment, which has the thread to itself from now on, is ready. */
  #isSeparating = false;

  constructor(model: FunctionModel, options: RuntimeOptions) {
    this.#model = model;
    this.#options = options;
    this.#isolation = options.isolation;
    this.#taskRoot = path.join(options.folder, model.key);
    this.#log = new FunctionLog(model, (line) => options.onLog(model.key, line));
    this.#pace = new StartPace({
      isWanted: () => this.#waiting.length > 0,
      isFirst: () => this.#environments.size === 0,
      shortestRunMs: () => this.#shortestRunMs,
      utilization: () => this.#thread?.utilization() ?? 0,
      start: () => this.#startEnvironment(),
    });
    mkdirSync(this.#taskRoot, { recursive: true });
    unpackZip(model.zipPath, this.#taskRoot);
  }

  get environments(): number {
    return this.#environments.size;
  }

  /** Hands the event to an idle environment, or to whichever comes free or is ready first. */
  invoke(invocation: Invocation): Promise<FinishedInvocation> {
    if (this.#isStopped) throw new Error(`${this.#model.name} has been stopped`);
    this.#running += 1;
    return new Promise<FinishedInvocation>((finish) => {
      const environment = this.#idle.pop();
      if (environment) this.#run(environment, { invocation, finish });
      else {
        this.#waiting.push({ invocation, finish });
        this.#requestEnvironment();
      }
    }).finally(() => {
      this.#running -= 1;
      if (this.#running === 0) this.#drained();
    });
  }

  /** Waits for what runs, up to `graceMs`, then ends every environment and the thread, and removes the code. */
  async stop(graceMs: number): Promise<void> {
    if (this.#running > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#drained = resolve;
      const timer = setTimeout(resolve, graceMs);
      await promise;
      clearTimeout(timer);
    }
    this.#isStopped = true;
    this.#pace.stop();
    this.#options.clock.clearTimeout(this.#idleTimer);
    const threads = new Set([...this.#environments.values()].map(({ thread }) => thread));
    if (this.#thread) threads.add(this.#thread);
    await Promise.all([...threads].map((thread) => thread.terminate()));
    this.#failWaiting();
    rmSync(this.#options.folder, { recursive: true, force: true });
  }

  #requestEnvironment(): void {
    if (this.#isStopped) return;
    if (this.#isolation === 'function') this.#pace.request();
    else if (this.#waiting.length > 0) this.#startEnvironment();
  }

  #startEnvironment(): void {
    const id = this.#nextId++;
    this.#log.writeSystem(id, 'INFO', initStartLine());
    const { clock } = this.#options;
    const now = new Date(clock.now());
    const environment: ExecutionEnvironment = new ExecutionEnvironment({
      id,
      clock,
      thread: this.#threadForNext(),
      variables: environmentVariables(this.#model, this.#taskRoot, this.#options, now),
      timeoutMs: this.#model.timeoutSeconds * 1000,
      onLog: (line) => this.#log.write(id, line),
      onReady: () => {
        this.#takeNext(environment);
        this.#onStarted();
      },
      onInitFailed: (failure) => {
        this.#onInitFailed(environment, failure);
        this.#onStarted();
      },
      // Not its own fault, so the event gets another environment.
      onInitLost: () => {
        this.#drop(environment);
        if (this.#isolation === 'thread') this.#requestEnvironment();
        this.#onStarted();
      },
      onLost: () => this.#drop(environment),
    });
    this.#environments.set(id, environment);
  }

  #onStarted(): void {
    if (this.#isStopped) return;
    if (this.#isolation === 'function') this.#pace.started();
    else if (this.#isSeparating) {
      this.#isSeparating = false;
      for (const _ of this.#waiting) this.#startEnvironment();
    }
  }

  #threadForNext(): HostThread {
    if (this.#isolation === 'thread') return this.#newThread();
    this.#thread ??= this.#newThread();
    return this.#thread;
  }

  #newThread(): HostThread {
    const { handler, runtime, environment } = this.#model;
    const { serviceDirectory, endpoints } = this.#options;
    const temporaryFolder = path.join(this.#options.folder, 'tmp');
    const data = {
      taskRoot: this.#taskRoot,
      handler,
      runtime,
      temporaryFolder,
      serviceDirectory,
      endpoints,
    };
    const resourceLimits = {
      ...YOUNG_GENERATION,
      ...(this.#options.isolation === 'thread' && {
        maxOldGenerationSizeMb: this.#model.memoryMb,
      }),
    };
    const nodeOptions = readNodeOptions(environment.NODE_OPTIONS).ofThread;
    const thread: HostThread = new HostThread(
      data,
      { name: this.#model.key, resourceLimits, nodeOptions },
      {
        onExit: () => {
          if (this.#thread === thread) this.#thread = undefined;
        },
        onSharedChanged: () => this.#separateEnvironments(),
      },
    );
    return thread;
  }

  /** Of code that changes objects of the language itself, which the environments of a thread would share. */
  #separateEnvironments(): void {
    if (this.#isolation === 'thread') return;
    this.#isolation = 'thread';
    this.#isSeparating = true;
  }

  #sharesThread(environment: ExecutionEnvironment): boolean {
    return [...this.#environments.values()].some(
      (other) => other !== environment && other.thread === environment.thread,
    );
  }

  async #run(environment: ExecutionEnvironment, { invocation, finish }: Waiting): Promise<void> {
    const { onLine: _, ...message } = invocation;
    this.#log.begin(environment, invocation);
    const initMs = environment.initMs;
    environment.initMs = undefined;
    const outcome = limitResponse(await environment.run(message));
    if (!outcome.isError)
      this.#shortestRunMs = Math.min(outcome.durationMs, this.#shortestRunMs ?? outcome.durationMs);
    const finished = this.#log.end(environment, invocation.requestId, outcome, initMs);
    // The next event first: what this one's caller does with the answer must not delay it.
    if (outcome.ended) this.#drop(environment);
    else this.#takeNext(environment);
    finish(finished);
  }

  #takeNext(environment: ExecutionEnvironment): void {
    const next = this.#waiting.shift();
    if (next) this.#run(environment, next);
    else {
      environment.idleSince = this.#options.clock.now();
      this.#idle.push(environment);
      this.#idleTimer ??= this.#options.clock.setTimeout(() => this.#dropIdle(), IDLE_MS);
    }
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

  #onInitFailed(environment: ExecutionEnvironment, failure: InitFailure): void {
    this.#log.write(environment.id, initReportLine(failure));
    this.#drop(environment);
    this.#failNext(environment, failure);
  }

  #failNext(environment: LoggedEnvironment, failure: InitFailure): void {
    const waiting = this.#waiting.shift();
    if (!waiting) return;
    const { invocation, finish } = waiting;
    const { initMs, status, error } = failure;
    const ended = { status, errorType: error.errorType };
    const outcome = { payload: JSON.stringify(error), isError: true, durationMs: 0, ended };
    this.#log.begin(environment, invocation);
    finish(this.#log.end(environment, invocation.requestId, outcome, initMs));
  }

  #failWaiting(): void {
    const error = { errorType: 'Runtime.ExitError', errorMessage: 'Error: Lambda was stopped' };
    while (this.#waiting.length > 0)
      this.#failNext({ id: 0, maxMemoryUsedMb: 0 }, { initMs: 0, status: 'error', error });
  }

  #drop(environment: ExecutionEnvironment): void {
    this.#environments.delete(environment.id);
    const index = this.#idle.indexOf(environment);
    if (index >= 0) this.#idle.splice(index, 1);
    if (this.#isolation === 'thread' && !this.#sharesThread(environment))
      void environment.thread.terminate();
    else void environment.end();
  }
}
