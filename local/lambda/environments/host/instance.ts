import { opendirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isAsyncFunction } from 'node:util/types';
import { getHeapStatistics } from 'node:v8';
import type vm from 'node:vm';
import { handlerModule } from '../../functions/handlerModule.ts';
import { readNodeOptions } from '../../functions/nodeOptions.ts';
import { callHandler } from './callHandler.ts';
import { shared } from './compile.ts';
import { cpuShare } from './cpuShares.ts';
import { currentEnvironment } from './currentEnvironment.ts';
import { errorPayload, loadError, RuntimeError } from './errorPayload.ts';
import { SharedObjects } from './globals.ts';
import { ModuleLoader } from './moduleLoader.ts';
import { Output } from './output.ts';
import type { ErrorPayload, ExitCause, FromHost, HostData, HostInvocation } from './protocol.ts';
import { handlerFile, prepareResolution } from './resolve.ts';
import { Resources } from './resources.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

type Handler = Parameters<typeof callHandler>[0];

/** Taken once a thread: the environments after its first one run the same code. */
let sharedObjects: SharedObjects | undefined;
const livingInstances = new Set<Instance>();

/** One execution environment: a fresh evaluation of the function's code with globals of its own. */
export class Instance {
  readonly resources = new Resources();
  readonly id: number;
  readonly #data: HostData;
  readonly #post: (message: FromHost) => void;
  readonly #output: Output;
  readonly #sandbox: Sandbox;
  readonly #loader: ModuleLoader;
  readonly startedAt = Date.now();
  workingDirectory: string;
  readonly temporaryFolder: string;
  #handler: Handler | undefined;
  #cpu: ReturnType<typeof cpuShare> | undefined;

  constructor(
    id: number,
    data: HostData,
    variables: Record<string, string>,
    post: (message: FromHost) => void,
  ) {
    this.id = id;
    this.#data = data;
    this.workingDirectory = data.taskRoot;
    this.temporaryFolder = path.join(data.temporaryFolder, String(id));
    this.#post = (message) => {
      if (!this.resources.ended) post(message);
    };
    this.#output = new Output(
      (line) => this.#post({ type: 'log', environment: id, line }),
      variables.AWS_LAMBDA_LOG_FORMAT === 'JSON',
    );
    this.#sandbox = createSandbox({
      variables,
      output: this.#output,
      resources: this.resources,
      endpoints: data.endpoints,
      onExit: (cause) => this.#exit(cause),
      changeDirectory: (folder) => {
        const place = path.resolve(this.workingDirectory, folder);
        // Throws as Node does where there is no such folder.
        opendirSync(place).closeSync();
        this.workingDirectory = place;
      },
    });
    this.#loader = new ModuleLoader(this.#sandbox);
    livingInstances.add(this);
  }

  get globals(): Record<PropertyKey, unknown> {
    return this.#sandbox.globals;
  }

  get variables(): Record<string, string> {
    return this.#sandbox.process.env as Record<string, string>;
  }

  /** Evaluates the function's code, once in the life of the environment. */
  init(): Promise<void> {
    return currentEnvironment.run(this, async () => {
      const startedAt = performance.now();
      try {
        await prepareResolution(this.#data.serviceDirectory);
        const isFirst = sharedObjects === undefined;
        sharedObjects ??= new SharedObjects();
        this.#handler = await this.#loadHandler();
        if (isFirst && (shared.isWritten || sharedObjects.areChanged))
          this.#post({ type: 'sharedChanged' });
        const initMs = performance.now() - startedAt;
        this.#post({ type: 'ready', environment: this.id, initMs, memoryMb: memoryShareMb() });
      } catch (thrown) {
        const error = errorPayload(loadError(thrown));
        this.#logError('Uncaught Exception', error);
        const initMs = performance.now() - startedAt;
        this.#post({ type: 'initFailed', environment: this.id, initMs, error });
      }
    });
  }

  /** Runs the handler with one event. */
  invoke(invocation: HostInvocation): Promise<void> {
    return currentEnvironment.run(this, async () => {
      const startedAt = performance.now();
      this.#cpu = cpuShare();
      this.#output.requestId = invocation.requestId;
      this.#sandbox.process.env._X_AMZN_TRACE_ID = invocation.traceId;
      const { payload, isError } = await this.#answer(invocation);
      this.#output.flush();
      this.#post({
        type: 'done',
        environment: this.id,
        payload,
        isError,
        durationMs: performance.now() - startedAt,
        cpuMs: this.#cpu.end(),
        memoryMb: memoryShareMb(),
      });
    });
  }

  /** An exception or rejection that nobody caught ends the environment, as it ends the runtime's process. */
  fail(thrown: unknown, type?: string): void {
    if (this.resources.ended) return;
    const error = errorPayload(thrown);
    if (type) Object.assign(error, { errorType: type, errorMessage: String(thrown) });
    this.#logError(type ? 'Unhandled Promise Rejection' : 'Uncaught Exception', error);
    this.#exit({ kind: 'exception', error });
  }

  importModule(specifier: string, parent: string, type?: string): Promise<vm.Module> {
    return this.#loader.importModule(specifier, parent, type);
  }

  /** Ends everything that could still act; what is logged or answered later is dropped. */
  end(): void {
    livingInstances.delete(this);
    this.#cpu?.end();
    this.resources.end();
    rmSync(this.temporaryFolder, { recursive: true, force: true });
  }

  #exit(cause: ExitCause): void {
    this.#output.flush();
    this.#post({ type: 'exited', environment: this.id, cause });
    this.end();
  }

  async #loadHandler(): Promise<Handler> {
    const { taskRoot, handler } = this.#data;
    const { modulePath, exportPath } = handlerModule(handler);
    const file = handlerFile(taskRoot, modulePath);
    if (!file)
      throw new RuntimeError(
        'Runtime.ImportModuleError',
        `Error: Cannot find module '${path.basename(modulePath)}'`,
      );
    for (const specifier of readNodeOptions(this.variables.NODE_OPTIONS).preloads)
      await this.#loader.importModule(specifier, path.join(taskRoot, 'package.json'));
    const exports = await this.#loader.load(file);
    return checkedHandler(handlerExport(exports, exportPath), handler, this.#takesCallbacks);
  }

  async #answer(invocation: HostInvocation): Promise<{ payload: string; isError: boolean }> {
    try {
      const event: unknown = JSON.parse(invocation.payload);
      const context = this.#context(invocation);
      const result = await (this.#takesCallbacks
        ? callHandler(this.#handler as Handler, event, context, this.resources)
        : this.#handler?.(event, context));
      return { payload: serialised(result), isError: false };
    } catch (thrown) {
      const error = errorPayload(thrown);
      this.#logError('Invoke Error', error);
      return { payload: JSON.stringify(error), isError: true };
    }
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-callback */
  get #takesCallbacks(): boolean {
    return Number(/\d+/.exec(this.#data.runtime)?.[0]) < 24;
  }

  #context({ requestId, deadlineMs, functionArn, clientContext }: HostInvocation) {
    const { env } = this.#sandbox.process;
    return {
      callbackWaitsForEmptyEventLoop: true,
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      invokedFunctionArn: functionArn,
      awsRequestId: requestId,
      clientContext: clientContext === undefined ? undefined : JSON.parse(clientContext),
      identity: undefined,
      getRemainingTimeInMillis: () => deadlineMs - Date.now(),
    };
  }

  #logError(title: string, { errorType, errorMessage, trace: stack }: ErrorPayload): void {
    const error = JSON.stringify({ errorType, errorMessage, stack });
    this.#output.write('ERROR', `${title} \t${error}`);
  }
}

function handlerExport(exports: Record<string, unknown>, exportPath: string): unknown {
  const follow = (from: unknown) =>
    exportPath
      .split('.')
      .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], from);
  return follow(exports) ?? follow(exports.default);
}

function checkedHandler(found: unknown, handler: string, takesCallbacks: boolean): Handler {
  if (found === undefined)
    throw new RuntimeError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  if (typeof found !== 'function')
    throw new RuntimeError('Runtime.HandlerNotFound', `${handler} is not a function`);
  if (!takesCallbacks && found.length >= 3 && !isAsyncFunction(found))
    throw new RuntimeError(
      'Runtime.CallbackHandlerDeprecated',
      `${handler} takes a callback; Node.js 24 and later run only handlers that return a value or a promise`,
    );
  return found as Handler;
}

function serialised(result: unknown): string {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch (error) {
    throw new Error('Unable to stringify response body', { cause: error });
  }
}

/** V8 counts the heap by thread, not by environment: each living environment is taken to have an equal share. */
function memoryShareMb(): number {
  return Math.ceil(
    getHeapStatistics().used_heap_size / Math.max(1, livingInstances.size) / 1_048_576,
  );
}
