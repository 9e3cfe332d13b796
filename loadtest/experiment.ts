import { reconcile } from '../ops/reconcile.ts';
import { setWorkerCount } from '../ops/workers.ts';
import { readCompletions } from './completions.ts';
import { checkMissingConfiguration } from './configurationCheck.ts';
import { runDrain } from './drainPhase.ts';
import { runLoad, untilEmpty } from './loadPhase.ts';
import type { Observation } from './observation.ts';
import { phaseOf, skippedPhase } from './phaseResult.ts';
import type { ConfigurationPhase, DrainPhase, LoadPhase, PhasePlan } from './phases.ts';
import { acceptedIds, isOrder } from './requestLog.ts';
import type { Books, Phase } from './results.ts';
import { nowSeconds, type World } from './world.ts';

const MOST_LOAD_CPU_PERCENT = 80;
const SETTLE_SECONDS = 20;
/** A queue that goes on working does not settle: its books are read as they stand. */
const MOVING_SETTLE_SECONDS = 2;

/** A run that could not be brought to its end; what was measured until then is kept. */
export class BrokenRun extends Error {
  readonly phase: string;

  constructor(phase: string, cause: Error) {
    super(cause.message, { cause });
    this.phase = phase;
  }
}

/** Runs phases one after the other against one world, and closes the books after each. */
export class Experiment {
  readonly phases: Phase[] = [];
  readonly #world: World;
  readonly #maxOrders: number | undefined;
  #accepted: string[] = [];
  #phase3Ids: string[] = [];
  #sent = 0;

  constructor(world: World, maxOrders?: number) {
    this.#world = world;
    this.#maxOrders = maxOrders;
  }

  /** Throws BrokenRun; what the phase saw until then is among `phases` all the same. */
  async run(plan: PhasePlan): Promise<void> {
    const length = plan.seconds > 0 ? ` (${plan.seconds} s)` : '';
    this.#world.talk.line(`Phase ${plan.id}: ${plan.name}${length}`);
    try {
      const obstacle = await this.#obstacle(plan);
      if (obstacle !== null) this.#skip(plan, obstacle);
      else if (plan.kind === 'load') await this.#load(plan);
      else if (plan.kind === 'drain') await this.#drain(plan);
      else await this.#configuration(plan);
    } catch (error) {
      throw new BrokenRun(plan.id, error as Error);
    }
  }

  /** Why a phase cannot be run; null: it can. */
  async #obstacle(plan: PhasePlan): Promise<string | null> {
    const { kind, stage, signal } = this.#world;
    if (plan.kind === 'configuration') return kind === 'own' ? null : 'needs a service of its own';
    if ('workers' in plan && stage === null)
      return 'the worker count of a bare address cannot be set';
    if (plan.kind !== 'load') return null;
    if (this.#ordersLeft() === 0) return `the limit of ${this.#maxOrders} orders is reached`;
    if (!plan.drains || (await untilEmpty(this.#world, plan.way, signal, SETTLE_SECONDS)))
      return null;
    return 'orders of an earlier phase still wait';
  }

  #skip(plan: PhasePlan, obstacle: string): void {
    this.#world.talk.line(`  not run: ${obstacle}`);
    this.phases.push(skippedPhase(plan, `not run: ${obstacle}`));
  }

  async #load(plan: LoadPhase): Promise<void> {
    if (plan.workers !== undefined) await this.#setWorkers(plan.workers);
    const { seen, fault } = await runLoad(this.#world, plan, this.#ordersLeft());
    const ids = seen.log === null ? [] : acceptedIds(seen.log);
    this.#accepted.push(...ids);
    this.#sent += seen.log?.requests.filter(isOrder).length ?? 0;
    if (plan.id === '3') this.#phase3Ids = ids;
    const phase = await this.#keep(
      seen,
      ids,
      fault,
      plan.id === '3' ? MOVING_SETTLE_SECONDS : SETTLE_SECONDS,
    );
    const cpu = phase.summary.load?.cpuMeanPercent ?? 0;
    if (cpu <= MOST_LOAD_CPU_PERCENT) return;
    throw new Error(
      `Locust used ${cpu.toFixed(0)} % of a core, so it measured itself: use fewer --users or a bigger machine`,
    );
  }

  async #drain(plan: DrainPhase): Promise<void> {
    if (this.#world.stage === null) return;
    const { seen, fault } = await runDrain(this.#world, this.#world.stage, plan);
    const { observation, drain } = seen;
    const settleSeconds =
      drain.drainedAfterSeconds === null ? MOVING_SETTLE_SECONDS : SETTLE_SECONDS;
    await this.#keep(observation, this.#phase3Ids, fault, settleSeconds, { drain });
  }

  async #configuration(plan: ConfigurationPhase): Promise<void> {
    const startedAt = nowSeconds();
    const configuration = await checkMissingConfiguration(this.#world.folder, this.#world.signal);
    const seen = {
      plan,
      log: null,
      startedAt,
      endedAt: nowSeconds(),
      samples: [],
      completions: [],
    };
    const phase = phaseOf(seen, null);
    Object.assign(phase.summary, { configuration });
    this.phases.push(phase);
  }

  /** Adds what is still to be asked of a stage that is there, and keeps the phase whatever comes. */
  async #keep(
    seen: Omit<Observation, 'completions'>,
    ids: string[],
    fault: Error | null,
    settleSeconds: number,
    extra: Partial<Phase['summary']> = {},
  ): Promise<Phase> {
    const { stage } = this.#world;
    const isWhole = fault === null && stage !== null;
    const completions = isWhole ? await readCompletions(stage, ids) : [];
    const phase = phaseOf({ ...seen, completions }, fault && `broken off: ${fault.message}`);
    Object.assign(phase.summary, extra);
    this.phases.push(phase);
    if (fault !== null) throw fault;
    phase.books = await this.#closeBooks(settleSeconds);
    return phase;
  }

  async #closeBooks(waitSeconds: number): Promise<Books | null> {
    const { stage, talk, signal } = this.#world;
    if (stage === null) return null;
    const onProgress = (text: string) => talk.status(`Books: ${text}`);
    return reconcile(stage, { accepted: this.#accepted, waitSeconds, onProgress, signal });
  }

  async #setWorkers(workers: number): Promise<void> {
    if (this.#world.stage !== null) await setWorkerCount(this.#world.stage, workers);
  }

  #ordersLeft(): number | undefined {
    return this.#maxOrders === undefined ? undefined : Math.max(0, this.#maxOrders - this.#sent);
  }
}
