import { parentPort, workerData } from 'node:worker_threads';
import { currentInstance, Instance } from './instance.ts';
import type { FromHost, HostData, ToHost } from './protocol.ts';

/** The thread that runs one function: it starts, invokes and ends environments as the main thread says. */
const instances = new Map<number, Instance>();
const post = (message: FromHost) => parentPort?.postMessage(message);

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

process.on('uncaughtException', (error) => currentInstance.getStore()?.fail(error));
process.on('unhandledRejection', (reason) =>
  currentInstance.getStore()?.fail(reason, 'Runtime.UnhandledPromiseRejection'),
);
parentPort?.on('message', receive);
