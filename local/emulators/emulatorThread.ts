import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { YOUNG_GENERATION } from '../threadLimits.ts';

/** Somebody's long poll may be out: an emulator that waits for it is ended. */
const STOP_WITHIN_MS = 500;

export type EmulatorMessage = { listening: number } | { failed: string };

/** An AWS service's emulator in a thread of its own, so that its work does not delay the gateway's. */
export class EmulatorThread {
  readonly #script: URL;
  readonly #workerData: Record<string, unknown>;
  readonly #name: string;
  readonly #ended = Promise.withResolvers<Error>();
  #worker: Worker | undefined;

  constructor(name: string, script: URL, workerData: Record<string, unknown>) {
    this.#name = name;
    this.#script = script;
    this.#workerData = workerData;
  }

  /** The reason why the thread is gone. */
  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  /** Gives the address that it listens at: `http://127.0.0.1:PORT`. */
  async start(): Promise<string> {
    const worker = new Worker(this.#script, {
      name: this.#name,
      workerData: this.#workerData,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: YOUNG_GENERATION,
    });
    this.#worker = worker;
    let fault: Error | undefined;
    worker.on('error', (error: Error) => (fault = error));
    worker.once('exit', (code) =>
      this.#ended.resolve(fault ?? new Error(`its thread ended with code ${code}`)),
    );
    const ended = this.ended.then((reason) => Promise.reject(reason));
    const [message] = (await Promise.race([once(worker, 'message'), ended])) as [EmulatorMessage];
    if ('failed' in message) throw new Error(message.failed);
    return `http://127.0.0.1:${message.listening}`;
  }

  /** Also of a thread that has ended, or whose start is not over. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.postMessage('stop');
    const timer = setTimeout(() => void worker.terminate(), STOP_WITHIN_MS);
    await this.#ended.promise;
    clearTimeout(timer);
  }
}

/** SNS and SQS; in memory without a folder. */
export const messagingThread = (region: string, dataDir: string | undefined): EmulatorThread =>
  new EmulatorThread('messaging', new URL('./messagingThread.ts', import.meta.url), {
    region,
    dataDir,
  });

/** DynamoDB; in memory without a folder. */
export const tablesThread = (dataDir: string | undefined): EmulatorThread =>
  new EmulatorThread('tables', new URL('./tablesThread.ts', import.meta.url), { dataDir });
