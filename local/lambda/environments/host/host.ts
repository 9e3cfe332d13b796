import console from 'node:console';
import process from 'node:process';
import { parentPort, type Transferable, workerData } from 'node:worker_threads';
import { giveMemoryBackWhenIdle } from '../../../idleMemory.ts';
import { followChildProcesses } from './childProcesses.ts';
import { currentEnvironment } from './currentEnvironment.ts';
import { separateFiles } from './fileSystem.ts';
import { separateGlobals } from './globals.ts';
import { Instance } from './instance.ts';
import { separateModules } from './moduleLoader.ts';
import type { FromHost, HostData, ToHost } from './protocol.ts';

/** The thread that runs one function: it starts, invokes and ends environments as the main thread says. */
const instances = new Map<number, Instance>();
const post = (message: FromHost, transferred: Transferable[] = []) =>
  parentPort?.postMessage(message, transferred);

function receive(message: ToHost): void {
  const { environment } = message;
  if (message.type === 'start') {
    const instance = new Instance(environment, workerData as HostData, message.variables, post);
    instances.set(environment, instance);
    void instance.init();
  } else if (message.type === 'invoke') {
    void instances.get(environment)?.invoke(message.invocation);
  } else {
    instances.get(environment)?.end();
    instances.delete(environment);
    post({ type: 'ended', environment });
  }
}

/** An error outside of every environment is a fault of this program, and ends the thread. */
function attribute(thrown: unknown, errorType?: string): void {
  const environment = currentEnvironment.getStore();
  if (environment) environment.fail(thrown, errorType);
  else {
    console.error(thrown);
    process.exit(1);
  }
}

process.on('uncaughtException', (error) => attribute(error));
process.on('unhandledRejection', (reason) =>
  attribute(reason, 'Runtime.UnhandledPromiseRejection'),
);
giveMemoryBackWhenIdle();
followChildProcesses(post);
separateFiles((workerData as HostData).taskRoot);
separateModules();
separateGlobals();
parentPort?.on('message', receive);
