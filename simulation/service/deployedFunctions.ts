import type { Context, SQSEvent } from 'aws-lambda';
import type { Environment } from '../lambda/environment.ts';
import type { EnvironmentPool, SimulatedFunction } from '../lambda/environmentPool.ts';
import { FUNCTIONS, type FunctionKey } from './functions.ts';
import { portsOf } from './ports.ts';
import type { World } from './world.ts';
import type { WrongService } from './wrongServices.ts';

/** As the manifest has them; the others are the processors'. */
const TIMEOUTS_MS: Partial<Record<FunctionKey, number>> = {
  orderAsync: 20_000,
  orderStatus: 5_000,
  orderCancel: 15_000,
  orderSweeper: 50_000,
};

const NO_MESSAGE = { batchItemFailures: [{ itemIdentifier: '' }] };

/** The service's own functions in environments that may be ended at any moment, and whose answers may be garbled. */
export class DeployedFunctions {
  readonly #world: World;
  readonly #wrong: WrongService;
  readonly #pool: (key: FunctionKey) => EnvironmentPool;

  constructor(world: World, wrong: WrongService, pool: (key: FunctionKey) => EnvironmentPool) {
    this.#world = world;
    this.#wrong = wrong;
    this.#pool = pool;
  }

  of(key: FunctionKey, reservedConcurrency: number | undefined): SimulatedFunction {
    const { fates } = this.#world;
    return {
      name: key,
      reservedConcurrency,
      timeoutMs: TIMEOUTS_MS[key] ?? this.#world.sizes.processorTimeoutMs,
      initMs: () => Math.round(100 + 900 * fates.fraction(`cold start of ${key}`)),
      load: (environment) => this.#load(key, environment),
    };
  }

  #load(key: FunctionKey, environment: Environment) {
    const world = this.#world;
    const { deps: change = (deps) => deps, run: wrap = (run) => run } = this.#wrong;
    const run = wrap(
      FUNCTIONS[key](change(portsOf(world, environment, key, this.#wrong), key)),
      key,
    );
    return async (payload: string, { deadlineMs }: { deadlineMs: number }) => {
      this.#mayKill(key, environment, payload, deadlineMs);
      const getRemainingTimeInMillis = () => deadlineMs - world.clock.now();
      const answer = await run(
        JSON.parse(payload) as never,
        {
          getRemainingTimeInMillis,
        } as Context,
      );
      return key === 'queueWorker' && this.#mayGarble(payload) ? NO_MESSAGE : answer;
    };
  }

  /** At any moment of an invocation, the first ones more often: that is where most is decided. */
  #mayKill(key: FunctionKey, environment: Environment, payload: string, deadlineMs: number): void {
    const { fates, clock, laws } = this.#world;
    if (fates.areOver) return;
    const occasion = `the environment of ${key} with ${this.#subjectOf(payload)}`;
    if (fates.of('invocation', occasion) === undefined) return;
    const leftMs = deadlineMs - clock.now();
    const afterMs = leftMs * fates.fraction(`end of ${occasion}`) ** 4;
    const pool = this.#pool(key);
    clock.setTimeout(() => pool.end(environment), afterMs);
    if (key === 'orderSweeper') laws.sweeperDisturbed();
  }

  /** All messages of the batch have to come again then. */
  #mayGarble(payload: string): boolean {
    const { fates, laws } = this.#world;
    if (fates.areOver) return false;
    const occasion = `the worker with ${this.#subjectOf(payload)}`;
    if (fates.of('answer', occasion) === undefined) return false;
    for (const { receiptHandle } of (JSON.parse(payload) as SQSEvent).Records)
      laws.garbled.add(receiptHandle);
    return true;
  }

  #subjectOf(payload: string): string {
    const orderId = /ord_[0-9a-f]{32}/.exec(payload)?.[0];
    const buyer = /"idempotency-key":"key-(\d+)"/.exec(payload)?.[1];
    return orderId ? this.#world.nameOf(orderId) : `order ${buyer}`;
  }
}
