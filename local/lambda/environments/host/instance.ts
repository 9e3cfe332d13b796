import path from 'node:path';
import { getHeapStatistics } from 'node:v8';
import type vm from 'node:vm';
import { currentEnvironment } from './currentEnvironment.ts';
import { errorPayload, loadError, RuntimeError } from './errorPayload.ts';
import { ModuleLoader } from './moduleLoader.ts';
import { Output } from './output.ts';
import type { ErrorPayload, ExitCause, FromHost, HostData, HostInvocation } from './protocol.ts';
import { handlerFile } from './resolve.ts';
import { Resources } from './resources.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

type Handler = (event: unknown, context: object) => unknown;

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
  #handler: Handler | undefined;

  constructor(
    id: number,
    data: HostData,
    variables: Record<string, string>,
    post: (message: FromHost) => void,
  ) {
    this.id = id;
    this.#data = data;
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
      onExit: (cause) => this.#exit(cause),
    });
    this.#loader = new ModuleLoader(this.#sandbox);
    livingInstances.add(this);
  }

  /** Evaluates the function's code, once in the life of the environment. */
  init(): Promise<void> {
    return currentEnvironment.run(this, async () => {
      const startedAt = performance.now();
      try {
        this.#handler = await this.#loadHandler();
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

  importModule(specifier: string, parent: string): Promise<vm.Module> {
    return this.#loader.importModule(specifier, parent);
  }

  /** Ends everything that could still act; what is logged or answered later is dropped. */
  end(): void {
    livingInstances.delete(this);
    this.resources.end();
  }

  #exit(cause: ExitCause): void {
    this.#output.flush();
    this.#post({ type: 'exited', environment: this.id, cause });
    this.end();
  }

  async #loadHandler(): Promise<Handler> {
    const { taskRoot, handler } = this.#data;
    const [, modulePath = '', exportPath = ''] = /^((?:.*\/)?[^/.]*)\.(.*)$/.exec(handler) ?? [];
    const file = handlerFile(taskRoot, modulePath);
    if (!file)
      throw new RuntimeError(
        'Runtime.ImportModuleError',
        `Error: Cannot find module '${path.basename(modulePath)}'`,
      );
    const exports = await this.#loader.load(file);
    return checkedHandler(handlerExport(exports, exportPath), handler);
  }

  async #answer(invocation: HostInvocation): Promise<{ payload: string; isError: boolean }> {
    try {
      const event: unknown = JSON.parse(invocation.payload);
      const result = await this.#handler?.(event, this.#context(invocation));
      return { payload: serialised(result), isError: false };
    } catch (thrown) {
      const error = errorPayload(thrown);
      this.#logError('Invoke Error', error);
      return { payload: JSON.stringify(error), isError: true };
    }
  }

  #context({ requestId, deadlineMs, functionArn, clientContext }: HostInvocation): object {
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

function checkedHandler(found: unknown, handler: string): Handler {
  if (found === undefined)
    throw new RuntimeError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  if (typeof found !== 'function')
    throw new RuntimeError('Runtime.HandlerNotFound', `${handler} is not a function`);
  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-callback
  if (found.length >= 3)
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
