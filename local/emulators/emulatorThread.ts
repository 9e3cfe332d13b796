import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { YOUNG_GENERATION } from '../threadLimits.ts';

/** Somebody's long poll may be out: an emulator that waits for it is ended. */
const STOP_WITHIN_MS = 500;

export type EmulatorMessage = { listening: number } | { failed: string };

/** An AWS service's emulator in a thread of its own, so that its work does not delay the gateway's. */
export class EmulatorThread {
  readonly #script: URL;
  readonly #settings: Record<string, unknown>;
  readonly #name: string;
  readonly #ended = Promise.withResolvers<Error>();
  #worker: Worker | undefined;

  constructor(name: string, script: URL, settings: Record<string, unknown>) {
    this.#name = name;
    this.#script = script;
    this.#settings = settings;
  }

  /** The reason why the thread is gone. */
  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  /** Gives the address that it listens at: `http://127.0.0.1:PORT`. */
  async start(): Promise<string> {
    const { worker, ended } = takeLoading(this.#name, this.#script);
    this.#worker = worker;
    worker.ref();
    void ended.then(this.#ended.resolve);
    worker.postMessage(this.#settings);
    const gone = ended.then((reason) => Promise.reject(reason));
    const [message] = (await Promise.race([once(worker, 'message'), gone])) as [EmulatorMessage];
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

interface Loading {
  worker: Worker;
  ended: Promise<Error>;
}

const MESSAGING = ['messaging', new URL('./messagingThread.ts', import.meta.url)] as const;
const TABLES = ['tables', new URL('./tablesThread.ts', import.meta.url)] as const;
const loading = new Map<string, Loading>();

/** Lets the emulators load their code while the settings are still being read. */
export function loadEmulators(): void {
  for (const [name, script] of [MESSAGING, TABLES]) loading.set(script.href, load(name, script));
}

function takeLoading(name: string, script: URL): Loading {
  const taken = loading.get(script.href) ?? load(name, script);
  loading.delete(script.href);
  return taken;
}

/** `url.parse`, which dynalite uses, is DEP0169. */
const SILENCED = ['ExperimentalWarning', 'DEP0169'];

/** The thread starts its emulator with the settings that it is sent. */
function load(name: string, script: URL): Loading {
  const worker = new Worker(script, {
    name,
    execArgv: SILENCED.map((warning) => `--disable-warning=${warning}`),
    resourceLimits: YOUNG_GENERATION,
  });
  worker.unref();
  let fault: Error | undefined;
  worker.on('error', (error: Error) => (fault = error));
  const ended = new Promise<Error>((resolve) =>
    worker.once('exit', (code) =>
      resolve(fault ?? new Error(`its thread ended with code ${code}`)),
    ),
  );
  return { worker, ended };
}

/** SNS and SQS; in memory without a folder. */
export const messagingThread = (region: string, dataDir: string | undefined): EmulatorThread =>
  new EmulatorThread(...MESSAGING, { region, dataDir });

/** DynamoDB; in memory without a folder. */
export const tablesThread = (dataDir: string | undefined): EmulatorThread =>
  new EmulatorThread(...TABLES, { dataDir });
