import type { Clock } from '../../local/clock.ts';
import {
  type AsyncEventStore,
  memoryEventStore,
} from '../../local/lambda/asyncEvents/asyncEventStore.ts';
import { AsyncInvocation } from '../../local/lambda/asyncEvents/asyncInvocation.ts';
import {
  type AsyncSettings,
  DEFAULT_ASYNC_SETTINGS,
  type SendToArn,
} from '../../local/lambda/asyncEvents/asyncSettings.ts';
import { ThrottledError } from '../../local/lambda/errors.ts';
import { EventSourceMapping } from '../../local/lambda/eventSourceMappings/eventSourceMapping.ts';
import type { QueueClient } from '../../local/lambda/eventSourceMappings/queueClient.ts';
import { ConcurrencyLimits } from '../../local/lambda/functions/concurrency.ts';
import type { FinishedInvocation } from '../../local/lambda/functions/invocation.ts';
import { Schedule } from '../../local/lambda/schedules/schedule.ts';
import type { Randomness } from '../../local/randomness.ts';
import type { EventSourceMappingModel, ScheduleModel } from '../../local/template/model.ts';
import { EnvironmentPool, type SimulatedFunction } from './environmentPool.ts';

export interface SimulatedLambdaOptions {
  clock: Clock;
  randomness: Randomness;
  accountQuota: number;
  functions: SimulatedFunction[];
  eventSourceMappings?: { model: EventSourceMappingModel; client: QueueClient }[];
  /** By function; Lambda's own settings for all others. */
  asyncSettings?: Record<string, AsyncSettings>;
  asyncStore?: AsyncEventStore;
  sendToArn?: SendToArn;
  schedules?: ScheduleModel[];
  /** Before an invocation begins, once Lambda has let it in. */
  onInvoke?: (functionName: string, requestId: string, payload: string) => void;
  onEnd?: (functionName: string, requestId: string, finished: FinishedInvocation) => void;
  onThrottle?: (functionName: string) => void;
  /** What the control plane has to say. */
  onFault?: (subject: string, text: string) => void;
}

const ACCOUNT = { accountId: '000000000000', region: 'us-east-1' };

export const functionArn = (name: string): string =>
  `arn:aws:lambda:${ACCOUNT.region}:${ACCOUNT.accountId}:function:${name}`;

/** The control plane of the local runtime, driving functions that run in this process on a virtual clock. */
export class SimulatedLambda {
  readonly limits: ConcurrencyLimits;
  readonly mappings: EventSourceMapping[];
  readonly pools: ReadonlyMap<string, EnvironmentPool>;
  readonly #options: SimulatedLambdaOptions;
  readonly #async: AsyncInvocation;
  readonly #schedules: Schedule[];

  constructor(options: SimulatedLambdaOptions) {
    const { clock, functions, accountQuota } = options;
    this.#options = options;
    this.limits = new ConcurrencyLimits(accountQuota, functions);
    this.pools = new Map(functions.map((one) => [one.name, new EnvironmentPool(one, clock)]));
    this.mappings = (options.eventSourceMappings ?? []).map(
      ({ model, client }) =>
        new EventSourceMapping({
          ...{ model, client, clock },
          invoke: (name, payload) => this.invoke(name, payload),
          onFault: (name, text) => options.onFault?.(name, text),
        }),
    );
    this.#async = this.#asyncInvocation();
    this.#schedules = (options.schedules ?? []).map((model) => this.#schedule(model));
  }

  async start(): Promise<void> {
    this.#async.start();
    await Promise.all(this.mappings.map((mapping) => mapping.start()));
    for (const schedule of this.#schedules) schedule.start();
  }

  /** Throws ThrottledError when there is no concurrency for the function. */
  async invoke(
    name: string,
    payload: string,
    requestId = this.#options.randomness.uuid(),
  ): Promise<FinishedInvocation> {
    const { onInvoke, onThrottle, onEnd } = this.#options;
    try {
      this.limits.acquire(name);
    } catch (error) {
      if (error instanceof ThrottledError) onThrottle?.(name);
      throw error;
    }
    try {
      onInvoke?.(name, requestId, payload);
      const finished = await this.pool(name).invoke(payload, requestId);
      onEnd?.(name, requestId, finished);
      return finished;
    } finally {
      this.limits.release(name);
    }
  }

  /** An asynchronous event: it is kept when this returns. */
  invokeEvent(name: string, payload: string): void {
    this.#async.accept(name, payload, this.#options.randomness.uuid());
  }

  pool(name: string): EnvironmentPool {
    const pool = this.pools.get(name);
    if (pool === undefined) throw new Error(`There is no function ${name}`);
    return pool;
  }

  /** Counts of a function's asynchronous events. */
  asyncCounts(name: string) {
    return this.#async.counts(name);
  }

  asyncPayloads(): string[] {
    return this.#async.payloads();
  }

  /** Ends at once, in the midst of whatever runs; queues, tables and the event store are as they are. */
  async kill(): Promise<void> {
    for (const schedule of this.#schedules) schedule.stop();
    this.#async.halt();
    const stopped = this.mappings.map((mapping) => mapping.stop(0));
    for (const pool of this.pools.values()) pool.endAll();
    await Promise.all(stopped);
  }

  #asyncInvocation(): AsyncInvocation {
    const { clock, randomness, asyncStore, asyncSettings = {}, sendToArn, onFault } = this.#options;
    return new AsyncInvocation({
      clock,
      randomness,
      store: asyncStore ?? memoryEventStore,
      describe: (name) => ({
        arn: functionArn(name),
        settings: asyncSettings[name] ?? DEFAULT_ASYNC_SETTINGS,
        deadLetterArn: undefined,
        switchedOff: this.limits.usage(name).reserved === 0,
      }),
      invoke: ({ functionName, payload, requestId }) =>
        this.invoke(functionName, payload, requestId),
      sendToArn: sendToArn ?? (() => Promise.reject(new Error('there is no destination'))),
      onFault: (name, text) => onFault?.(name, text),
    });
  }

  #schedule(model: ScheduleModel): Schedule {
    const { clock, randomness, onFault } = this.#options;
    return new Schedule(model, {
      ...{ clock, randomness, account: ACCOUNT },
      invokeEvent: async (name, event) => this.invokeEvent(name, event),
      onFault: (rule, text) => onFault?.(rule, text),
    });
  }
}
