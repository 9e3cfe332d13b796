import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Books, Phase } from '../../contracts/saleResults.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { setWorkerCount } from '../../ops/workers/workers.ts';
import { type Completion, readCompletions } from '../measuring/completions.ts';
import type { Observation } from '../measuring/phaseObservation.ts';
import { phaseOf, skippedPhase } from '../measuring/phaseResult.ts';
import { acceptedIds, isOrder, type RequestLog } from '../measuring/requestLog.ts';
import { checkMissingConfiguration } from './configurationPhase.ts';
import { runDrain } from './drainPhase.ts';
import { runLoad, untilEmpty } from './loadPhase.ts';
import type { ConfigurationPhase, DrainPhase, LoadPhase, PhasePlan } from './phasePlan.ts';
import { nowSeconds, type RunContext, whatBroke } from './runContext.ts';
import { openStock } from './stockPhase.ts';

const MOST_LOAD_CPU_PERCENT = 80;
const SETTLE_SECONDS = 20;
/** A queue that goes on working does not settle: its books are read as they stand. */
const MOVING_SETTLE_SECONDS = 2;

/** What a phase was, beside what was seen of it. */
interface Keeping {
  fault: Error | null;
  /** Why its figures are not those of a whole phase. */
  note?: string | null;
  settleSeconds: number;
  measured?: Partial<Phase['summary']>;
}

/** The first line says what happened; the rest, such as the end of a log, stands with the run. */
const brokenOff = ({ message }: Error): string => `broken off: ${message.split('\n')[0]}`;

/** Runs phases one after the other against one context, and closes the books after each. */
export class PhaseRunner {
  readonly phases: Phase[] = [];
  readonly #context: RunContext;
  readonly #maxOrders: number | undefined;
  /** The accepted orders of each phase. */
  readonly #accepted = new Map<string, string[]>();
  #sent = 0;

  constructor(context: RunContext, maxOrders?: number) {
    this.#context = context;
    this.#maxOrders = maxOrders;
  }

  /** Throws what broke the phase; what it saw until then is among `phases` all the same. */
  async run(plan: PhasePlan): Promise<void> {
    const length = plan.seconds > 0 ? ` (${plan.seconds} s)` : '';
    this.#context.progress.line(`Phase ${plan.id}: ${plan.name}${length}`);
    try {
      const obstacle = await this.#obstacle(plan);
      if (obstacle !== null) this.#skip(plan, obstacle);
      else if (plan.kind === 'load') await this.#load(plan);
      else if (plan.kind === 'drain') await this.#drain(plan);
      else await this.#configuration(plan);
    } catch (error) {
      const cause = await whatBroke(error, this.#context.signal);
      if (!this.phases.some(({ id }) => id === plan.id))
        this.phases.push(skippedPhase(plan, brokenOff(cause)));
      throw cause;
    }
  }

  /** Why a phase cannot be run; null: it can. */
  async #obstacle(plan: PhasePlan): Promise<string | null> {
    const { kind, stage, signal } = this.#context;
    if (plan.kind === 'configuration') return kind === 'own' ? null : 'needs a service of its own';
    if ('workers' in plan && stage === null)
      return 'the worker count of a bare address cannot be set';
    if (plan.kind !== 'load') return null;
    if (plan.stock !== undefined && (stage?.outputs.StockTableName ?? '') === '')
      return 'the service has no stock: start it with STOCK=on';
    if (this.#ordersLeft() === 0) return `the limit of ${this.#maxOrders} orders is reached`;
    if (!plan.drains || (await untilEmpty(this.#context, plan.way, signal, SETTLE_SECONDS)))
      return null;
    return 'orders of an earlier phase still wait';
  }

  #skip(plan: PhasePlan, obstacle: string): void {
    this.#context.progress.line(`  not run: ${obstacle}`);
    this.phases.push(skippedPhase(plan, `not run: ${obstacle}`));
  }

  async #load(plan: LoadPhase): Promise<void> {
    if (plan.workers !== undefined) await this.#setWorkers(plan.workers);
    const stock = await openStock(this.#context, plan);
    const allowed = this.#ordersLeft();
    const { seen, fault } = await runLoad(this.#context, plan, allowed);
    const ids = await this.#accept(plan, seen.log);
    const sent = seen.log?.requests.filter(isOrder).length ?? 0;
    this.#sent += sent;
    const isCutShort = allowed !== undefined && sent >= allowed;
    const phase = await this.#keep(seen, ids, {
      fault,
      note: isCutShort ? `cut short: the limit of ${this.#maxOrders} orders is reached` : null,
      settleSeconds: plan.leavesBacklog ? MOVING_SETTLE_SECONDS : SETTLE_SECONDS,
    });
    if (stock !== null) phase.summary.stock = await stock.count(phase);
    const cpu = phase.summary.load?.cpuMeanPercent ?? 0;
    if (cpu <= MOST_LOAD_CPU_PERCENT) return;
    throw new Error(
      `Locust used ${cpu.toFixed(0)} % of a core, so it measured itself: use fewer --users or a bigger machine`,
    );
  }

  /** Adds a phase's accepted orders to the sale's own list, and writes them down as `reconcile --accepted` reads them. */
  async #accept({ id }: LoadPhase, log: RequestLog | null): Promise<string[]> {
    const ids = log === null ? [] : acceptedIds(log);
    this.#accepted.set(id, ids);
    const file = join(this.#context.folder, `accepted-${id}.txt`);
    await writeFile(file, ids.map((orderId) => `${orderId}\n`).join(''));
    return ids;
  }

  async #drain(plan: DrainPhase): Promise<void> {
    if (this.#context.stage === null) return;
    const { observation, drain, fault } = await runDrain(this.#context, this.#context.stage, plan);
    const settleSeconds =
      drain.drainedAfterSeconds === null ? MOVING_SETTLE_SECONDS : SETTLE_SECONDS;
    await this.#keep(observation, this.#accepted.get(plan.backlogOf) ?? [], {
      fault,
      settleSeconds,
      measured: { drain },
    });
  }

  async #configuration(plan: ConfigurationPhase): Promise<void> {
    const startedAt = nowSeconds();
    const configuration = await checkMissingConfiguration(
      this.#context.folder,
      this.#context.signal,
    );
    const seen = {
      plan,
      log: null,
      startedAt,
      endedAt: nowSeconds(),
      samples: [],
      completions: null,
    };
    const phase = phaseOf(seen, null);
    Object.assign(phase.summary, { configuration });
    this.phases.push(phase);
  }

  /** Adds what is still to be asked of a stage that is there, and keeps the phase whatever comes. */
  async #keep(
    seen: Omit<Observation, 'completions'>,
    ids: string[],
    { fault, note = null, settleSeconds, measured = {} }: Keeping,
  ): Promise<Phase> {
    const read = fault === null ? await this.#completionsOf(ids) : { completions: null, fault };
    const phase = phaseOf(
      { ...seen, completions: read.completions },
      read.fault === null ? note : brokenOff(read.fault),
    );
    Object.assign(phase.summary, measured);
    this.phases.push(phase);
    if (read.fault !== null) throw read.fault;
    phase.books = await this.#closeBooks(settleSeconds);
    return phase;
  }

  async #completionsOf(
    ids: string[],
  ): Promise<{ completions: Completion[] | null; fault: Error | null }> {
    const { stage, signal } = this.#context;
    if (stage === null) return { completions: null, fault: null };
    try {
      return { completions: await readCompletions(stage, ids), fault: null };
    } catch (error) {
      return { completions: null, fault: await whatBroke(error, signal) };
    }
  }

  async #closeBooks(waitSeconds: number): Promise<Books | null> {
    const { stage, progress, signal } = this.#context;
    if (stage === null) return null;
    const onProgress = (text: string) => progress.status(`Books: ${text}`);
    return reconcile(stage, {
      accepted: [...this.#accepted.values()].flat(),
      waitSeconds,
      onProgress,
      signal,
    });
  }

  async #setWorkers(workers: number): Promise<void> {
    if (this.#context.stage !== null) await setWorkerCount(this.#context.stage, workers);
  }

  #ordersLeft(): number | undefined {
    return this.#maxOrders === undefined ? undefined : Math.max(0, this.#maxOrders - this.#sent);
  }
}
