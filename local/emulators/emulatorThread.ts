import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** An AWS service's emulator in a thread of its own, so that its work does not delay the gateway's. */
export interface EmulatorThread {
  /** `http://127.0.0.1:PORT` */
  url: string;
  stop: () => Promise<void>;
}

/** Somebody's long poll may be out: an emulator that waits for it is ended. */
const STOP_WITHIN_MS = 500;

export type EmulatorMessage = { listening: number } | { failed: string };

/** Starts `script` with `workerData` and waits until it listens. A thread that dies later is reported to `onDeath`. */
export async function startEmulatorThread(
  script: URL,
  workerData: Record<string, unknown>,
  onDeath: (error: Error) => void,
): Promise<EmulatorThread> {
  const worker = new Worker(script, {
    workerData,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const [message] = (await once(worker, 'message')) as [EmulatorMessage];
  if ('failed' in message) throw new Error(message.failed);
  let stopping = false;
  worker.on('error', onDeath);
  worker.on('exit', (code) => {
    if (!stopping) onDeath(new Error(`${script.pathname} ended with code ${code}`));
  });
  return {
    url: `http://127.0.0.1:${message.listening}`,
    stop: async () => {
      stopping = true;
      const exited = once(worker, 'exit');
      worker.postMessage('stop');
      const timer = setTimeout(() => void worker.terminate(), STOP_WITHIN_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
