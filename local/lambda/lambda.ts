import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LambdaStats } from '../../contracts/runtimeStats.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type Randomness, systemRandomness } from '../randomness.ts';
import type { EventSourceMappingModel, FunctionModel } from '../template/model.ts';
import { newTraceId } from '../traceId.ts';
import type { ControlPlane } from './api/controlPlane.ts';
import { memoryEventStore, sqliteEventStore } from './asyncEvents/asyncEventStore.ts';
import { AsyncInvocation } from './asyncEvents/asyncInvocation.ts';
import { FunctionRuntime } from './environments/functionRuntime.ts';
import { ThrottledError } from './errors.ts';
import { EventSourceMapping } from './eventSourceMappings/eventSourceMapping.ts';
import { ConcurrencyLimits } from './functions/concurrency.ts';
import { FunctionDirectory, type LocalFunction } from './functions/functionDirectory.ts';
import { countLine } from './functions/functionMetrics.ts';
import type {
  FinishedInvocation,
  InvocationResult,
  InvokeOptions,
} from './functions/invocation.ts';
import { LogTail } from './functions/logTail.ts';
import { checkPayloadSize } from './functions/payloadLimits.ts';
import type { LambdaOptions } from './lambdaOptions.ts';
import { Schedule } from './schedules/schedule.ts';
import { snapshot } from './snapshot.ts';

/** Lambda on one machine: functions, their concurrency, and everything that invokes them. */
export class Lambda {
  readonly #options: LambdaOptions;
  readonly #limits: ConcurrencyLimits;
  readonly #functions: FunctionDirectory;
  readonly #mappings: EventSourceMapping[];
  readonly #async: AsyncInvocation;
  readonly #clock: Clock;
  readonly #randomness: Randomness;
  #folder = '';
  readonly #schedules: Schedule[];
  #stopped = false;

  constructor(options: LambdaOptions) {
    const { functions, accountQuota = 1000, schedules = [] } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#randomness = options.randomness ?? systemRandomness;
    this.#limits = new ConcurrencyLimits(accountQuota, functions);
    this.#functions = new FunctionDirectory(
      functions,
      options.asyncInvocation ?? [],
      options,
      this.#clock.now(),
    );
    this.#mappings = (options.eventSourceMappings ?? []).map((model) => this.#mapping(model));
    this.#async = this.#asyncInvocation();
    this.#schedules = schedules.map(
      (model) =>
        new Schedule(model, {
          clock: this.#clock,
          randomness: this.#randomness,
          account: options,
          invokeEvent: (name, event) => this.#invokeEvent(name, event),
          onFault: (ruleName, text) => options.onLog?.(ruleName, text),
        }),
    );
  }

  /** Unpacks the functions, and starts all that invokes them by itself. */
  async start(): Promise<void> {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'lambda-'));
    for (const entry of this.#functions.all()) entry.runtime = this.#runtime(entry.model);
    this.#async.start();
    await Promise.all(this.#mappings.map((mapping) => mapping.start()));
    for (const schedule of this.#schedules) schedule.start();
  }

  /** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
  async invoke(
    functionName: string,
    payload: string,
    options: InvokeOptions = {},
  ): Promise<InvocationResult> {
    const entry = this.#functions.findVersion(functionName, options.qualifier);
    const requestId = this.#randomness.uuid();
    const none = { payload: '', requestId };
    if (options.type === 'DryRun') return { statusCode: 204, ...none };
    checkPayloadSize(payload, options.type);
    if (options.type === 'Event') {
      this.#async.accept(entry.model.name, payload, requestId);
      return { statusCode: 202, ...none };
    }
    const tail = options.logTail ? new LogTail() : undefined;
    const isNamed = options.qualifier === undefined && functionName === entry.model.name;
    const qualifier = isNamed
      ? undefined
      : this.#functions.reference(functionName, options.qualifier).qualifier;
    const finished = await this.#invokeNow(
      entry,
      payload,
      requestId,
      { ...options, qualifier },
      tail,
    );
    return {
      statusCode: 200,
      payload: finished.payload,
      requestId,
      ...(finished.isError && { functionError: 'Unhandled' as const }),
      ...(tail && { logTail: tail.text }),
    };
  }

  /** New code or settings for a function: running invocations finish on the old ones. */
  async replaceFunction(model: FunctionModel): Promise<void> {
    const entry = this.#functions.find(model.name);
    const old = entry.runtime;
    entry.model = model;
    entry.runtime = this.#runtime(model);
    await old?.stop(model.timeoutSeconds * 1000);
  }

  /** For the Lambda API. */
  get controlPlane(): ControlPlane {
    const { accountId, region } = this.#options;
    return {
      account: { accountId, region },
      functions: this.#functions,
      limits: this.#limits,
      mappings: this.#mappings,
      now: () => this.#clock.now(),
      invoke: (functionName, payload, options) => this.invoke(functionName, payload, options),
    };
  }

  /** Payloads of all asynchronous events that have not reached their end. */
  asyncPayloads(): string[] {
    return this.#async.payloads();
  }

  snapshot(): LambdaStats {
    const countsOf = (functionName: string) => this.#async.counts(functionName);
    return snapshot(this.#functions, this.#limits, this.#mappings, countsOf);
  }

  /** Lets running invocations finish for `graceMs`, then ends everything. */
  async stop({ graceMs = 4000 }: { graceMs?: number } = {}): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const deadline = this.#clock.now() + graceMs;
    const leftMs = () => Math.max(0, deadline - this.#clock.now());
    for (const schedule of this.#schedules) schedule.stop();
    this.#async.halt();
    // Mappings first: a message they still receive needs its function.
    await Promise.all(this.#mappings.map((mapping) => mapping.stop(leftMs())));
    await Promise.all(this.#functions.all().map(({ runtime }) => runtime?.stop(leftMs())));
    await this.#async.close();
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #invokeNow(
    entry: LocalFunction,
    payload: string,
    requestId: string,
    { clientContext, traceId, qualifier }: InvokeOptions = {},
    tail?: LogTail,
  ): Promise<FinishedInvocation> {
    const { model, metrics } = entry;
    this.#acquire(entry);
    try {
      if (!entry.runtime) throw new Error('Lambda has not been started');
      const finished = await entry.runtime.invoke({
        requestId,
        payload,
        functionArn: qualifier === undefined ? model.arn : `${model.arn}:${qualifier}`,
        clientContext,
        traceId: traceId ?? newTraceId(this.#clock.now()),
        ...(tail && { onLine: (line: string) => tail.add(line) }),
      });
      metrics.add(finished, model.memoryMb);
      return finished;
    } finally {
      this.#limits.release(model.name);
    }
  }

  #acquire({ model, metrics }: LocalFunction): void {
    try {
      this.#limits.acquire(model.name);
    } catch (error) {
      if (error instanceof ThrottledError) metrics.throttles += 1;
      throw error;
    }
  }

  async #invokeEvent(functionName: string, payload: string): Promise<void> {
    await this.invoke(functionName, payload, { type: 'Event' });
  }

  #runtime(model: FunctionModel): FunctionRuntime {
    const { region, environment = {}, isolation = 'function' } = this.#options;
    const { log } = this.#functions.find(model.name).metrics;
    const { endpoints, serviceDirectory } = this.#options;
    return new FunctionRuntime(model, {
      clock: this.#clock,
      region,
      isolation,
      environment,
      endpoints,
      serviceDirectory,
      overrides: this.#options.overrides ?? { set: {}, unset: [] },
      folder: mkdtempSync(path.join(this.#folder, 'task-')),
      onLog: (key, line) => {
        countLine(log, line);
        this.#options.onLog?.(key, line);
      },
    });
  }

  #mapping(model: EventSourceMappingModel): EventSourceMapping {
    const { queueClient } = this.#options;
    if (!queueClient) throw new Error('A Lambda with event source mappings needs a queueClient');
    this.#functions.find(model.functionName);
    return new EventSourceMapping({
      model,
      clock: this.#clock,
      client: queueClient(model.queueArn),
      invoke: (name, payload) =>
        this.#invokeNow(this.#functions.find(name), payload, this.#randomness.uuid()),
      onFault: (functionName, text) => this.#tell(functionName, text),
    });
  }

  #asyncInvocation(): AsyncInvocation {
    const { dataDirectory, sendToArn } = this.#options;
    return new AsyncInvocation({
      clock: this.#clock,
      randomness: this.#randomness,
      store: dataDirectory
        ? sqliteEventStore(path.join(dataDirectory, 'lambda-events.sqlite'))
        : memoryEventStore,
      describe: (functionName) => {
        const entry = this.#functions.byName(functionName);
        if (!entry) return undefined;
        const { model, asyncSettings: settings } = entry;
        const switchedOff = this.#limits.usage(model.name).reserved === 0;
        return { arn: model.arn, settings, deadLetterArn: model.deadLetterArn, switchedOff };
      },
      invoke: ({ functionName, payload, requestId }) =>
        this.#invokeNow(this.#functions.find(functionName), payload, requestId),
      sendToArn: sendToArn ?? (() => Promise.reject(new Error('no destinations are set up'))),
      onFault: (functionName, text) => this.#tell(functionName, text),
    });
  }

  #tell(functionName: string, text: string): void {
    const key = this.#functions.byName(functionName)?.model.key ?? functionName;
    this.#options.onLog?.(key, text);
  }
}
