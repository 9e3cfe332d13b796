import type { EventLoopUtilization } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { signalGroup } from './host/processGroup.ts';
import type { FromHost, HostData, RunChildMessage, ToHost } from './host/protocol.ts';
import { hostScript } from './hostScript.ts';
import { runSyncChild } from './syncChild.ts';

/** A thread that does not confirm within this that it has cut off an invocation can only be ended as a whole. */
const CONFIRMATION_MS = 2000;
const REAP_MS = 100;
const NODE_OPTIONS = [
  '--experimental-vm-modules',
  '--experimental-import-meta-resolve',
  '--disable-warning=ExperimentalWarning',
];

interface EnvironmentListener {
  onMessage: (message: FromHost) => void;
  /** The thread is gone, and the environment with it. */
  onThreadLost: (loss: ThreadLoss) => void;
}

export interface ThreadLoss {
  outOfMemory: boolean;
  /** It ran before: what was only starting in it is not the cause of the loss. */
  hadAnswered: boolean;
}

/** One worker thread that runs environments of one function. */
export class HostThread {
  readonly #worker: Worker;
  readonly #environments = new Map<number, EnvironmentListener>();
  readonly #confirmations = new Map<number, () => void>();
  /** Process groups that functions have started, with the environment that waits for one. */
  readonly #children = new Map<number, number | undefined>();
  #onChildrenEnded: () => void = () => undefined;
  readonly #exited: Promise<void>;
  #utilization: EventLoopUtilization | undefined;
  readonly #loss: ThreadLoss = { outOfMemory: false, hadAnswered: false };

  readonly #onSharedChanged: () => void;

  constructor(
    data: HostData,
    { nodeOptions = [], ...options }: WorkerOptions & { nodeOptions?: string[] },
    { onExit, onSharedChanged }: { onExit: () => void; onSharedChanged: () => void },
  ) {
    this.#onSharedChanged = onSharedChanged;
    // Lambda runs in UTC. Threads have the time zone of their process, and cannot have another.
    process.env.TZ = 'UTC';
    this.#worker = new Worker(hostScript(), {
      ...options,
      eval: true,
      workerData: data,
      env: {},
      execArgv: [...NODE_OPTIONS, ...nodeOptions],
    });
    this.#worker.on('message', (message: FromHost) => this.#receive(message));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      this.#loss.outOfMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        onExit();
        resolve(this.#lose());
      });
    });
  }

  start(
    environment: number,
    variables: Record<string, string>,
    listener: EnvironmentListener,
  ): void {
    this.#environments.set(environment, listener);
    this.send({ type: 'start', environment, variables });
  }

  send(message: ToHost): void {
    this.#worker.postMessage(message);
  }

  /** Share of the time since the last call that the thread was at work, 0 to 1. */
  utilization(): number {
    const before = this.#utilization;
    this.#utilization = this.#worker.performance.eventLoopUtilization();
    return this.#worker.performance.eventLoopUtilization(this.#utilization, before).utilization;
  }

  /**
   * Ends one environment. Where its own code may be what blocks the thread, as after a timeout, the thread is terminated
   * with everything that runs in it when it does not hear; else it ends when the thread has time.
   */
  async end(environment: number, mayBlock: boolean): Promise<void> {
    if (!this.#environments.delete(environment)) return;
    this.send({ type: 'end', environment });
    for (const [pid, waiting] of this.#children)
      if (waiting === environment) signalGroup(pid, 'SIGKILL');
    if (!mayBlock) return;
    const confirmed = new Promise<boolean>((resolve) => {
      const blocked = setTimeout(() => resolve(false), CONFIRMATION_MS);
      this.#confirmations.set(environment, () => {
        clearTimeout(blocked);
        resolve(true);
      });
    });
    const heard = await confirmed;
    this.#confirmations.delete(environment);
    if (!heard) await this.terminate();
  }

  async terminate(): Promise<void> {
    this.#endChildren();
    // What a thread has started stays a zombie unless the thread itself sees its end.
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onChildrenEnded = resolve;
    if (this.#children.size > 0) await Promise.race([promise, sleep(REAP_MS)]);
    await this.#worker.terminate();
    await this.#exited;
  }

  #receive(message: FromHost): void {
    this.#loss.hadAnswered = true;
    if (message.type === 'sharedChanged') this.#onSharedChanged();
    else if (message.type === 'runChild') void this.#runChild(message);
    else if (message.type === 'childStarted') this.#children.set(message.pid, undefined);
    else if (message.type === 'childEnded') this.#onChildEnded(message.pid);
    else if (message.type === 'ended') this.#confirmations.get(message.environment)?.();
    else this.#environments.get(message.environment)?.onMessage(message);
  }

  async #runChild({ child, environment, port, isDone }: RunChildMessage): Promise<void> {
    const result = await runSyncChild(child, (pid) => this.#children.set(pid, environment));
    if (!signalGroup(result.pid, 0)) this.#onChildEnded(result.pid);
    port.postMessage(result);
    Atomics.store(isDone, 0, 1);
    Atomics.notify(isDone, 0);
  }

  #onChildEnded(pid: number): void {
    this.#children.delete(pid);
    if (this.#children.size === 0) this.#onChildrenEnded();
  }

  #endChildren(): void {
    for (const pid of this.#children.keys()) signalGroup(pid, 'SIGKILL');
  }

  #lose(): void {
    const environments = [...this.#environments.values()];
    this.#environments.clear();
    this.#endChildren();
    for (const confirm of this.#confirmations.values()) confirm();
    for (const { onThreadLost } of environments) onThreadLost(this.#loss);
  }
}
