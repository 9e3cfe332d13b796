import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadyFile } from '../../contracts/readyFile.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { type Reconciliation, reconcile } from '../../ops/reconciliation/reconcile.ts';
import { bookReader } from '../../ops/reconciliation/tableReader.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { readStatuses } from '../support/statuses.ts';
import type { Workspace } from '../support/workspace.ts';
import { type Bought, buy } from './buyers.ts';
import { FaultServer, type OnCall } from './faultServer.ts';
import { draw, FaultPlan, type FaultRule } from './faults.ts';
import { flood } from './flood.ts';
import { bringToEnd, keepSweeping } from './operator.ts';
import { HANG_UP, type Round } from './rounds.ts';
import type { Seams } from './seams.ts';
import { serviceWithSeams } from './serviceWithSeams.ts';
import { stockUp } from './stocking.ts';

const WIRE_TAP = new URL('./wireTap.ts', import.meta.url).href;
const CROWD = 40;
const END_WITHIN_MS = 90_000;
/** How long faults strike deliveries after the last buyer at least, and at most unless a round says otherwise. */
const FAULTS_GO_ON_MS = 1_500;
/** Redeliveries and the lease; what is on its way after that breaks no rule. */
const UNSWEPT_WAIT_SECONDS = 15;

const PARAMETERS = {
  PAYMENT_SECONDS: '0.1',
  SYNC_CONCURRENCY: String(CROWD),
  // Many small batches: more calls that can fail.
  BATCH_SIZE: '4',
  SWEEP_AFTER_SECONDS: '3',
  // Fixed, so that the same seed makes the same order ids.
  ORDER_ID_SALT: 'the salt of the fault campaign',
  PAYMENT_FAULTS: '{"by_item":true}',
};

export interface RoundResult {
  name: string;
  seed: number;
  orders: number;
  fired: Record<string, number>;
  /** Orders answered 200 or 202 that were neither completed nor declined at the end. */
  lost: number;
  chargedTwice: number;
  undecided: number;
  soldOut: number;
  contradictions: number;
  books: Reconciliation;
  seconds: number;
}

export interface CampaignOptions {
  seed: number;
  seams: Seams;
  /** How often each fault of a round is to strike, if the round lasts. */
  strikes: number;
  /** Over those of the campaign. */
  parameters?: Record<string, string>;
  onCall?: OnCall;
}

/** A service under faults: one process, one set of books, one round after the other. */
export class Campaign {
  readonly #plan: FaultPlan;
  readonly #faults: FaultServer;
  readonly #workspace: Workspace;
  readonly #options: CampaignOptions;
  readonly #accepted = new Set<string>();
  /** The item of each order of a round that makes the provider fail on purpose. */
  readonly #itemOf = new Map<string, string>();
  #service: LocalService | undefined;
  #stage: Stage | undefined;
  #restart: Promise<void> = Promise.resolve();

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#plan = new FaultPlan(options.seed);
    this.#faults = new FaultServer(this.#plan, () => this.#killAndStart(), options.onCall);
    this.#workspace = serviceWithSeams(options.seams);
  }

  get stage(): Stage {
    if (this.#stage === undefined) throw new Error('the campaign has not been started');
    return this.#stage;
  }

  /** Where the service was packaged. */
  get folder(): string {
    return this.#workspace.folder;
  }

  get ready(): ReadyFile {
    if (this.#service === undefined) throw new Error('the campaign has not been started');
    return this.#service.ready;
  }

  /** Outside of a round. */
  inject(rules: FaultRule[]): void {
    this.#plan.inject(rules);
  }

  /** Whether each rule that was injected has struck. */
  hasStruck = (): boolean => this.#plan.hasStruck(1);

  async start(): Promise<void> {
    const faultServerUrl = await this.#faults.listen();
    const { folder } = this.#workspace;
    this.#service = new LocalService({
      folder,
      environment: {
        ...PARAMETERS,
        ...this.#options.parameters,
        NODE_OPTIONS: `--import=${WIRE_TAP} --disable-warning=ExperimentalWarning`,
        FAULT_SERVER_URL: faultServerUrl,
      },
      flags: [
        ...['--data', path.join(folder, 'data')],
        ...['--env', `AWS_ENDPOINT_URL_DYNAMODB=${faultServerUrl}/dynamodb`],
        ...['--env', `AWS_ENDPOINT_URL_SNS=${faultServerUrl}/sns`],
        ...['--env', `AWS_ENDPOINT_URL_SQS=${faultServerUrl}/sqs`],
        ...['--env', `FAULT_POINTS_URL=${faultServerUrl}/point`],
      ],
    });
    await this.#startService();
  }

  async stop(): Promise<void> {
    await this.#restart.catch(() => {});
    this.#stage?.close();
    await this.#service?.remove();
    await this.#faults.close();
    this.#workspace.remove();
  }

  /** Sells under the round's faults, brings every order to its end, and reads the books. */
  async run(
    round: Round,
    { isSwept = true, endWithinMs = END_WITHIN_MS } = {},
  ): Promise<RoundResult> {
    const startedAt = Date.now();
    const before = new Map(this.#plan.fired);
    await stockUp(this.stage, round);
    const bought = await this.#sell(round, isSwept);
    await this.#restart;
    if (isSwept) await bringToEnd(this.stage, endWithinMs);
    // Lambda's retries of asynchronous events go on for minutes; no order waits for them any more.
    const waitSeconds = isSwept ? 1 : UNSWEPT_WAIT_SECONDS;
    const books = await reconcile(this.stage, { accepted: this.#accepted, waitSeconds });
    const statuses = await readStatuses(this.stage);
    await this.#countProviderFaults(round);
    const ended = (id: string) => ['completed', 'declined'].includes(statuses.get(id) ?? '');
    return {
      name: round.name,
      seed: this.#options.seed,
      orders: round.orders,
      fired: this.#firedSince(before),
      lost: [...bought.accepted.values()].filter((id) => !ended(id)).length,
      chargedTwice: books.violations.filter(({ detail }) => detail.includes('times')).length,
      undecided: bought.undecided.length,
      soldOut: bought.soldOut,
      contradictions: bought.contradictions.length,
      books,
      seconds: (Date.now() - startedAt) / 1000,
    };
  }

  /** The books of the whole campaign, when nothing moves any more. */
  close = (waitSeconds: number): Promise<Reconciliation> =>
    reconcile(this.stage, { accepted: this.#accepted, waitSeconds });

  async #sell(round: Round, isSwept: boolean): Promise<Bought> {
    const { seed } = this.#options;
    this.#plan.inject(round.rules);
    const items = Object.keys(round.items ?? { 'item-1': '' });
    const item = (index: number) =>
      items[Math.floor(draw(seed, 'item', round.name, index) * items.length)];
    const isSweptNow = isSwept && round.isSweptMeanwhile;
    const sweeping = isSweptNow ? keepSweeping(() => this.stage) : undefined;
    const flooding = round.isFlooded ? flood(() => this.stage, this.#plan, seed) : undefined;
    const bought = await buy({
      seed,
      name: round.name,
      orders: round.orders,
      ways: round.ways,
      crowd: CROWD,
      itemOf: (index) => item(index) ?? 'item-1',
      hangUpShare: round.hangUpShare ?? 0,
      onHangUp: () => this.#plan.count(HANG_UP),
      api: () => this.stage.runtime?.api ?? '',
      onAccepted: async (orderId, index) => {
        this.#accepted.add(orderId);
        this.#itemOf.set(orderId, item(index) ?? '');
        await flooding?.send(orderId);
      },
    });
    await flooding?.end();
    await this.#untilStruck(round.faultsGoOnMs ?? FAULTS_GO_ON_MS);
    this.#plan.inject([]);
    await sweeping?.stop();
    return bought;
  }

  async #untilStruck(withinMs: number): Promise<void> {
    const end = Date.now() + withinMs;
    await sleep(FAULTS_GO_ON_MS);
    while (Date.now() < end && !this.#plan.hasStruck(this.#options.strikes)) await sleep(100);
  }

  /** From the provider's own book: it fails, or declines, once it has written the charge of such an item. */
  async #countProviderFaults({ items = {} }: Round): Promise<void> {
    const begun = new Set<string>();
    for await (const page of bookReader(this.stage).charges()) {
      for (const { orderId, outcome } of page) if (outcome !== 'void') begun.add(orderId);
    }
    for (const [orderId, item] of this.#itemOf) {
      if (items[item] && begun.has(orderId)) this.#plan.count(items[item]);
    }
    this.#itemOf.clear();
  }

  #firedSince(before: Map<string, number>): Record<string, number> {
    const now = [...this.#plan.fired].map(
      ([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const,
    );
    return Object.fromEntries(now.filter(([, count]) => count > 0));
  }

  #killAndStart(): void {
    this.#restart = this.#restart.then(async () => {
      await this.#service?.kill();
      await this.#startService();
    });
    // Awaited at the end of the round; until then a failure must not end this process.
    this.#restart.catch(() => {});
  }

  async #startService(): Promise<void> {
    const ready = await this.#service?.start();
    if (ready === undefined) throw new Error('the campaign has not been started');
    this.#stage?.close();
    this.#stage = localStage(ready);
    this.#faults.connect(ready.endpoints);
  }
}
