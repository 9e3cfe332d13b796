import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type {
  AsyncInvocationModel,
  EventSourceMappingModel,
  FunctionModel,
  ScheduleModel,
} from '../template/model.ts';
import { type LambdaApi, listenLambdaApi } from './api/server.ts';
import { memoryEventStore, sqliteEventStore } from './asyncEventStore.ts';
import { AsyncInvocation, DEFAULT_ASYNC_SETTINGS, type SendToArn } from './asyncInvocation.ts';
import { type Clock, systemClock } from './clock.ts';
import { ConcurrencyLimits } from './concurrency.ts';
import { PayloadTooLargeError, ThrottledError } from './errors.ts';
import { EventSourceMapping } from './eventSourceMapping.ts';
import { FunctionDirectory, type LocalFunction } from './functionDirectory.ts';
import { type FinishedInvocation, FunctionRuntime } from './functionRuntime.ts';
import { LogTail } from './logTail.ts';
import type { QueueClient } from './queueClient.ts';
import { Schedule } from './schedule.ts';
import { type LambdaSnapshot, snapshot } from './snapshot.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const SYNC_LIMIT_BYTES = 6_291_456;
const ASYNC_LIMIT_BYTES = 1_048_576;

export interface LambdaOptions {
  accountId: string;
  region: string;
  functions: FunctionModel[];
  eventSourceMappings?: EventSourceMappingModel[];
  asyncInvocation?: AsyncInvocationModel[];
  schedules?: ScheduleModel[];
  accountQuota?: number;
  isolation?: 'function' | 'thread';
  /** For every function: endpoints and credentials. */
  environment?: Record<string, string>;
  /** Win over the template's variables. */
  overrides?: { set: Record<string, string>; unset: string[] };
  /** Where asynchronous events survive a restart. */
  dataDirectory?: string | undefined;
  queueClient?: (queueArn: string) => QueueClient;
  sendToArn?: SendToArn;
  clock?: Clock;
  onLog?: (functionKey: string, line: string) => void;
}

export interface InvokeOptions {
  type?: 'RequestResponse' | 'Event' | 'DryRun';
  /** JSON text */
  clientContext?: string | undefined;
  traceId?: string | undefined;
  logTail?: boolean;
}

export interface InvocationResult {
  statusCode: 200 | 202 | 204;
  /** JSON text; empty for `Event` and `DryRun`. */
  payload: string;
  functionError?: 'Unhandled';
  requestId: string;
  durationMs: number;
  billedMs: number;
  initMs?: number;
  logTail?: string;
}

/** What `events` tells of each invocation that reached an environment. */
export interface InvocationRecord extends FinishedInvocation {
  functionKey: string;
  requestId: string;
  endedAtMs: number;
}

/** Lambda on one machine: functions, their concurrency, and everything that invokes them. */
export class Lambda {
  readonly options: LambdaOptions;
  readonly limits: ConcurrencyLimits;
  readonly functions: FunctionDirectory;
  readonly mappings: EventSourceMapping[];
  readonly async: AsyncInvocation;
  readonly events = new EventEmitter<{
    invocation: [InvocationRecord];
    throttle: [{ functionKey: string; reason: string }];
  }>();
  readonly #clock: Clock;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'lambda-'));
  readonly #schedules: Schedule[];
  readonly #apis: LambdaApi[] = [];
  #stopped = false;

  constructor(options: LambdaOptions) {
    const { functions, accountQuota = 1000, schedules = [] } = options;
    this.options = options;
    this.#clock = options.clock ?? systemClock;
    this.limits = new ConcurrencyLimits(accountQuota, functions);
    this.functions = new FunctionDirectory(functions, options.asyncInvocation ?? [], options);
    this.mappings = (options.eventSourceMappings ?? []).map((model) => this.#mapping(model));
    this.async = this.#asyncInvocation();
    this.#schedules = schedules.map(
      (model) =>
        new Schedule(model, this.#clock, options, (name, event) => this.#invokeEvent(name, event)),
    );
  }

  /** Unpacks the functions, and starts all that invokes them by itself. */
  async start(): Promise<void> {
    for (const entry of this.functions.all()) entry.runtime = this.#runtime(entry.model);
    this.async.start();
    await Promise.all(this.mappings.map((mapping) => mapping.start()));
    for (const schedule of this.#schedules) schedule.start();
  }

  /** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
  async invoke(
    functionName: string,
    payload: string,
    options: InvokeOptions = {},
  ): Promise<InvocationResult> {
    const entry = this.functions.find(functionName);
    const requestId = randomUUID();
    const none = { payload: '', requestId, durationMs: 0, billedMs: 0 };
    if (options.type === 'DryRun') return { statusCode: 204, ...none };
    checkSize(payload, options.type === 'Event' ? ASYNC_LIMIT_BYTES : SYNC_LIMIT_BYTES);
    if (options.type === 'Event') {
      this.async.accept(entry.model.name, payload, requestId);
      return { statusCode: 202, ...none };
    }
    const tail = options.logTail ? new LogTail() : undefined;
    const finished = await this.#invokeNow(entry, payload, requestId, options, tail);
    const { payload: answer, isError, durationMs, billedMs, initMs } = finished;
    return {
      statusCode: 200,
      payload: answer,
      requestId,
      durationMs,
      billedMs,
      ...(isError && { functionError: 'Unhandled' as const }),
      ...(initMs !== undefined && { initMs }),
      ...(tail && { logTail: tail.text }),
    };
  }

  /** New code or settings for a function: running invocations finish on the old ones. */
  async replaceFunction(model: FunctionModel): Promise<void> {
    const entry = this.functions.find(model.name);
    const old = entry.runtime;
    entry.model = model;
    entry.runtime = this.#runtime(model);
    await old?.stop(model.timeoutSeconds * 1000);
  }

  /** The Lambda API over HTTP, for SDKs, the AWS CLI and `sls invoke`. */
  async listenApi(port: number, host = '127.0.0.1'): Promise<{ port: number; url: string }> {
    const api = await listenLambdaApi(this, port, host);
    this.#apis.push(api);
    return api;
  }

  snapshot(): LambdaSnapshot {
    return snapshot(this);
  }

  /** Lets running invocations finish for `graceMs`, then ends everything. */
  async stop({ graceMs = 4000 }: { graceMs?: number } = {}): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const deadline = performance.now() + graceMs;
    const leftMs = () => Math.max(0, deadline - performance.now());
    for (const schedule of this.#schedules) schedule.stop();
    this.async.halt();
    for (const api of this.#apis) api.stopListening();
    // Mappings first: a message they still receive needs its function.
    await Promise.all(this.mappings.map((mapping) => mapping.stop(leftMs())));
    await Promise.all(this.functions.all().map(({ runtime }) => runtime?.stop(leftMs())));
    await Promise.all([this.async.close(), ...this.#apis.map((api) => api.close())]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #invokeNow(
    entry: LocalFunction,
    payload: string,
    requestId: string,
    { clientContext, traceId }: InvokeOptions = {},
    tail?: LogTail,
  ): Promise<FinishedInvocation> {
    const { model, metrics } = entry;
    this.#acquire(entry);
    try {
      if (!entry.runtime) throw new Error('Lambda has not been started');
      const finished = await entry.runtime.invoke({
        requestId,
        payload,
        functionArn: model.arn,
        clientContext,
        traceId: traceId ?? newTraceId(this.#clock.now()),
        ...(tail && { onLine: (line: string) => tail.add(line) }),
      });
      metrics.add(finished, model.memoryMb);
      if (this.events.listenerCount('invocation') > 0)
        this.events.emit('invocation', {
          ...finished,
          functionKey: model.key,
          requestId,
          endedAtMs: this.#clock.now(),
        });
      return finished;
    } finally {
      this.limits.release(model.name);
    }
  }

  #acquire({ model, metrics }: LocalFunction): void {
    try {
      this.limits.acquire(model.name);
    } catch (error) {
      if (error instanceof ThrottledError) {
        metrics.throttles += 1;
        this.events.emit('throttle', { functionKey: model.key, reason: error.reason });
      }
      throw error;
    }
  }

  async #invokeEvent(functionName: string, payload: string): Promise<void> {
    await this.invoke(functionName, payload, { type: 'Event' });
  }

  #runtime(model: FunctionModel): FunctionRuntime {
    const { region, environment = {}, isolation = 'function' } = this.options;
    return new FunctionRuntime(model, {
      clock: this.#clock,
      region,
      isolation,
      environment,
      overrides: this.options.overrides ?? { set: {}, unset: [] },
      folder: mkdtempSync(path.join(this.#folder, 'task-')),
      onLog: (key, line) => this.options.onLog?.(key, line),
    });
  }

  #mapping(model: EventSourceMappingModel): EventSourceMapping {
    const { queueClient } = this.options;
    if (!queueClient) throw new Error('A Lambda with event source mappings needs a queueClient');
    const { key } = this.functions.find(model.functionName).model;
    return new EventSourceMapping({
      model,
      clock: this.#clock,
      client: queueClient(model.queueArn),
      invoke: (name, payload) => this.#invokeNow(this.functions.find(name), payload, randomUUID()),
      onFault: (text) => this.options.onLog?.(key, text),
    });
  }

  #asyncInvocation(): AsyncInvocation {
    const { dataDirectory, sendToArn, onLog } = this.options;
    return new AsyncInvocation({
      clock: this.#clock,
      store: dataDirectory
        ? sqliteEventStore(path.join(dataDirectory, 'lambda-events.sqlite'))
        : memoryEventStore,
      describe: (functionName) => {
        const { model, asyncSettings = DEFAULT_ASYNC_SETTINGS } = this.functions.find(functionName);
        const switchedOff = this.limits.usage(model.name).reserved === 0;
        return {
          arn: model.arn,
          settings: asyncSettings,
          deadLetterArn: model.deadLetterArn,
          switchedOff,
        };
      },
      invoke: ({ functionName, payload, requestId }) =>
        this.#invokeNow(this.functions.find(functionName), payload, requestId),
      sendToArn: sendToArn ?? (() => Promise.reject(new Error('no destinations are set up'))),
      onFault: (functionName, text) => onLog?.(this.functions.find(functionName).model.key, text),
    });
  }
}

function checkSize(payload: string, limitBytes: number): void {
  if (payload.length * 3 <= limitBytes) return;
  const bytes = Buffer.byteLength(payload);
  if (bytes > limitBytes) throw new PayloadTooLargeError(bytes, limitBytes);
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function newTraceId(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}
