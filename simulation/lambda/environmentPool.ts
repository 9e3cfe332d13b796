import type { Clock } from '../../local/clock.ts';
import type { FinishedInvocation } from '../../local/lambda/functions/invocation.ts';
import { Environment, type Handler } from './environment.ts';

export interface SimulatedFunction {
  name: string;
  /** Undefined: it shares the account's unreserved pool. */
  reservedConcurrency: number | undefined;
  timeoutMs: number;
  /** Until a new environment takes its first event. */
  initMs: () => number;
  /** Loads the code into a new environment. */
  load: (environment: Environment) => Handler;
}

/** AWS publishes no figure; observers see environments kept for some minutes. */
const IDLE_MS = 6 * 60_000;

/** The execution environments of one function: started on demand, the last one used is the first one taken. */
export class EnvironmentPool {
  readonly #clock: Clock;
  readonly #idle: Loaded[] = [];
  readonly #running = new Map<Environment, (outcome: Outcome) => void>();
  #function: SimulatedFunction;
  #generation = 0;
  #started = 0;
  peak = 0;

  constructor(simulated: SimulatedFunction, clock: Clock) {
    this.#function = simulated;
    this.#clock = clock;
  }

  get running(): number {
    return this.#running.size;
  }

  async invoke(payload: string, requestId: string): Promise<FinishedInvocation> {
    const { timeoutMs } = this.#function;
    const generation = this.#generation;
    const { environment, handler, initMs } = this.#take();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#running.set(environment, resolve);
    this.peak = Math.max(this.peak, this.running);
    if (initMs !== undefined) await this.#pause(initMs);
    const startedAt = this.#clock.now();
    const timer = this.#clock.setTimeout(() => this.end(environment, TIMED_OUT), timeoutMs);
    if (!environment.hasEnded) {
      environment.run();
      handler(payload, { requestId, deadlineMs: startedAt + timeoutMs }).then(
        (answer) => resolve({ payload: JSON.stringify(answer ?? null), isError: false }),
        (error) => resolve(failure('Error', String(error))),
      );
    }
    const outcome = await promise;
    this.#clock.clearTimeout(timer);
    this.#running.delete(environment);
    if (!environment.hasEnded) this.#rest({ environment, handler }, generation);
    const { payload: answer, isError, isTimeout = false } = outcome;
    const durationMs = this.#clock.now() - startedAt;
    const billedMs = durationMs + (initMs ?? 0);
    return { payload: answer, isError, isTimeout, durationMs, billedMs, initMs };
  }

  /** Ends an environment wherever it is; its invocation fails. */
  end(environment: Environment, outcome: Outcome = CRASHED): void {
    environment.end();
    const idle = this.#idle.findIndex((one) => one.environment === environment);
    if (idle >= 0) this.#idle.splice(idle, 1);
    this.#running.get(environment)?.(outcome);
  }

  /** Ends everything at once, as the end of the process does. */
  endAll(): void {
    for (const { environment } of this.#idle.splice(0)) environment.end();
    for (const environment of this.#running.keys()) this.end(environment);
  }

  /** New code: what runs finishes on the old. */
  replace(simulated: SimulatedFunction): void {
    this.#function = simulated;
    this.#generation += 1;
    for (const { environment } of this.#idle.splice(0)) environment.end();
  }

  #take(): Loaded & { initMs?: number } {
    const limit = this.#clock.now() - IDLE_MS;
    const taken = this.#idle.pop();
    // The last one used: if that was idle for too long, all were.
    if (taken && taken.environment.idleSinceMs >= limit) return taken;
    taken?.environment.end();
    for (const { environment } of this.#idle.splice(0)) environment.end();
    const { name, load, initMs } = this.#function;
    const environment = new Environment(`${name}#${++this.#started}`, name);
    return { environment, handler: load(environment), initMs: initMs() };
  }

  #rest(loaded: Loaded, generation: number): void {
    const { environment } = loaded;
    environment.freeze();
    environment.idleSinceMs = this.#clock.now();
    if (generation === this.#generation) this.#idle.push(loaded);
    else environment.end();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimeout(resolve, ms));
  }
}

interface Loaded {
  environment: Environment;
  handler: Handler;
}

type Outcome = Pick<FinishedInvocation, 'payload' | 'isError'> & { isTimeout?: boolean };

const failure = (errorType: string, errorMessage: string): Outcome => ({
  payload: JSON.stringify({ errorType, errorMessage }),
  isError: true,
});

const CRASHED = failure('Runtime.ExitError', 'Runtime exited without providing a reason');
const TIMED_OUT = { ...failure('Sandbox.Timedout', 'Task timed out'), isTimeout: true };
