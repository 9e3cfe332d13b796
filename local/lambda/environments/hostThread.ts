import type { EventLoopUtilization } from 'node:perf_hooks';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { FromHost, HostData, ToHost } from './host/protocol.ts';
import { hostScript } from './hostScript.ts';

/** A thread that does not confirm an end within this is blocked, and can only be ended as a whole. */
const CONFIRMATION_MS = 2000;

export interface EnvironmentListener {
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
  readonly #exited: Promise<void>;
  #utilization: EventLoopUtilization | undefined;
  readonly #loss: ThreadLoss = { outOfMemory: false, hadAnswered: false };

  constructor(data: HostData, options: WorkerOptions, onExit: () => void) {
    // Lambda runs in UTC. Threads have the time zone of their process, and cannot have another.
    process.env.TZ = 'UTC';
    this.#worker = new Worker(hostScript(), {
      ...options,
      eval: true,
      workerData: data,
      env: {},
      execArgv: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
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

  /** Ends one environment; a thread too busy to hear it is terminated with everything that runs in it. */
  async end(environment: number): Promise<void> {
    if (!this.#environments.delete(environment)) return;
    const confirmed = new Promise<boolean>((resolve) => {
      const blocked = setTimeout(() => resolve(false), CONFIRMATION_MS);
      this.#confirmations.set(environment, () => {
        clearTimeout(blocked);
        resolve(true);
      });
    });
    this.send({ type: 'end', environment });
    const heard = await confirmed;
    this.#confirmations.delete(environment);
    if (!heard) await this.terminate();
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.#exited;
  }

  #receive(message: FromHost): void {
    this.#loss.hadAnswered = true;
    if (message.type === 'ended') this.#confirmations.get(message.environment)?.();
    else this.#environments.get(message.environment)?.onMessage(message);
  }

  #lose(): void {
    const environments = [...this.#environments.values()];
    this.#environments.clear();
    for (const confirm of this.#confirmations.values()) confirm();
    for (const { onThreadLost } of environments) onThreadLost(this.#loss);
  }
}
