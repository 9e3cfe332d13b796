import { DEFAULT_ASYNC_SETTINGS } from '../../local/lambda/asyncEvents/asyncSettings.ts';
import { SimulatedLambda } from '../lambda/simulatedLambda.ts';
import { SimulatedGateway } from '../simulatedGateway.ts';
import type { VirtualClock } from '../virtualClock.ts';
import type { Chronicle } from './chronicle.ts';
import { DeployedFunctions } from './deployedFunctions.ts';
import { FUNCTIONS, type FunctionKey } from './functions.ts';
import type { StageEvent } from './history.ts';
import { RuntimeLaws } from './runtimeLaws.ts';
import { NO_ORDER, type World } from './world.ts';
import type { WrongService } from './wrongServices.ts';

const KEYS = Object.keys(FUNCTIONS) as FunctionKey[];
const ROUTES: Record<string, FunctionKey> = {
  'POST /orders/sync': 'orderSync',
  'POST /orders/async': 'orderAsync',
  'GET /orders/{order_id}': 'orderStatus',
  'DELETE /orders/{order_id}': 'orderCancel',
};
/** What the functions without a reservation share. */
const UNRESERVED = 130;
const SAMPLE_MS = 500;

/** The running service over a world: what ends with its process. */
export class Stage {
  readonly #world: World;
  readonly #functions: DeployedFunctions;
  #lambda: SimulatedLambda | undefined;
  #gateway: SimulatedGateway | undefined;
  #workers: number;
  #laws: RuntimeLaws | undefined;
  readonly #quota: number;
  /** What was reserved, by this stage's own count. */
  readonly #reserved: Record<string, number | undefined>;

  constructor(world: World, wrong: WrongService = {}) {
    this.#world = world;
    this.#functions = new DeployedFunctions(world, wrong, (key) => this.#running().pool(key));
    this.#workers = world.settings.workers;
    this.#reserved = { ...world.sizes.reserved };
    const reserved = Object.values(world.sizes.reserved);
    this.#quota = reserved.reduce((sum: number, most) => sum + (most ?? 0), UNRESERVED);
    const { topic, queue } = world;
    topic.subscribe({
      name: 'queue',
      filterPolicy: { way: ['queued'] },
      deliver: ({ message }) => queue.send(message),
    });
    topic.subscribe({
      name: 'topic processor',
      filterPolicy: { way: ['direct'] },
      deliver: ({ message }) => this.#deliverDirect(message),
    });
  }

  async start(): Promise<void> {
    const { clock } = this.#world;
    this.#lambda = this.#makeLambda();
    this.#gateway = new SimulatedGateway({
      clock,
      routes: ROUTES,
      throttling: { routeThrottling: this.#throttling() },
      invoke: async (name, payload) => {
        const { payload: answer, isError } = await this.#running().invoke(name, payload);
        return isError ? { payload: answer, functionError: 'Unhandled' } : { payload: answer };
      },
    });
    await this.#lambda.start();
  }

  /** Ends in the midst of whatever it does; the data stays. */
  async kill(): Promise<void> {
    const lambda = this.#running();
    this.#lambda = undefined;
    this.#laws = undefined;
    this.#gateway = undefined;
    this.#world.laws.sweeperDisturbed();
    await lambda.kill();
  }

  /** What a client gets; undefined where nobody listens. */
  request(routeKey: string, event: object) {
    return this.#gateway?.request(routeKey, event);
  }

  get isIdle(): boolean {
    const { queue } = this.#world;
    const pools = [...(this.#lambda?.pools.values() ?? [])];
    return queue.visible + queue.inFlight === 0 && pools.every(({ running }) => running === 0);
  }

  async undergo(event: StageEvent): Promise<void> {
    const { clock, chronicle } = this.#world;
    await clock.sleep(event.atMs);
    chronicle.step('event', tell(event));
    if (event.do === 'deploy') this.#deploy();
    else if (event.do === 'workers') await this.#changeWorkers(event.count);
    else if (event.do === 'outage') await this.#outage(event.downMs);
    else if (event.do === 'crowd') await this.#crowd(event.count);
    else if (event.do === 'throttle') await this.#throttle(event.forMs);
    else if (event.do === 'stranger') this.#world.queue.send(NO_ORDER);
    else if (this.#lambda) {
      await this.kill();
      await clock.sleep(event.downMs);
      await this.start();
    }
  }

  async #outage(downMs: number): Promise<void> {
    const world = this.#world;
    world.isProviderDown = true;
    await world.clock.sleep(downMs);
    world.isProviderDown = false;
  }

  /** All look an order up at once: the gateway lets through what its limit says. */
  async #crowd(count: number): Promise<void> {
    const { sizes, chronicle } = this.#world;
    const look = { headers: {}, pathParameters: { order_id: 'nobody' } };
    const looks = Array.from({ length: count }, () => this.request('GET /orders/{order_id}', look));
    const answers = await Promise.all(looks);
    const admitted = answers.filter((answer) => answer && answer.status !== 429).length;
    if (admitted > sizes.throttling.status.burst)
      chronicle.violate(`the gateway admits ${admitted} at once, beyond its burst`);
  }

  /** As the button of Lambda's console does: nothing runs, and what runs goes on. */
  async #throttle(forMs: number): Promise<void> {
    const reserve = (count: number | undefined) => {
      this.#reserved.queueWorker = count;
      this.#lambda?.limits.reserve('queueWorker', count);
    };
    if (this.#laws) this.#laws.isThrottled = true;
    reserve(0);
    await this.#world.clock.sleep(forMs);
    reserve(this.#world.sizes.pool(this.#workers).concurrency);
  }

  #deploy(): void {
    this.#world.version += 1;
    this.#world.laws.sweeperDisturbed();
    for (const key of KEYS)
      this.#lambda?.pool(key).replace(this.#functions.of(key, this.#reserved[key]));
  }

  /** Two calls in the order that lets neither throttle the other: as `sls workers` makes them. */
  async #changeWorkers(count: number): Promise<void> {
    const { sizes, clock } = this.#world;
    const { concurrency, batchSize } = sizes.pool(count);
    const isUp = concurrency > (this.#reserved.queueWorker ?? 0);
    this.#workers = count;
    const reserve = () => {
      this.#reserved.queueWorker = concurrency;
      this.#lambda?.limits.reserve('queueWorker', concurrency);
    };
    const map = () =>
      this.#lambda?.mappings[0]?.update({ maximumConcurrency: concurrency, batchSize });
    for (const change of isUp ? [reserve, map] : [map, reserve]) {
      change();
      await clock.sleep(150);
    }
  }

  #running(): SimulatedLambda {
    if (this.#lambda === undefined) throw new Error('the stage is down');
    return this.#lambda;
  }

  #makeLambda(): SimulatedLambda {
    const { clock, random, queue, asyncStore, sizes, chronicle, directDeadLetters, settings } =
      this.#world;
    const { concurrency, batchSize } = sizes.pool(this.#workers);
    const model = {
      ...{ ...MAPPING, queueArn: queue.arn, windowSeconds: sizes.windowSeconds },
      filters: settings.takesOrdersOnly ? [ORDERS_ONLY] : [],
      ...{ batchSize, maximumConcurrency: concurrency },
    };
    const laws = this.#lawsOf(clock, chronicle);
    return new SimulatedLambda({
      ...{ clock, randomness: random, accountQuota: this.#quota, asyncStore },
      functions: KEYS.map((key) => this.#functions.of(key, this.#reserved[key])),
      eventSourceMappings: [{ model, client: queue }],
      asyncSettings: {
        topicProcessor: {
          ...DEFAULT_ASYNC_SETTINGS,
          maximumEventAgeSeconds: this.#eventAgeSeconds,
          onFailureArn: directDeadLetters.arn,
        },
      },
      sendToArn: async (_arn, body) => {
        laws.givenUp(body);
        directDeadLetters.send(body);
      },
      schedules: [{ ...SCHEDULE, enabled: this.#isSweeping }],
      onInvoke: (...invoked) => laws.begins(...invoked),
      onEnd: (name, requestId, finished) => laws.ends(name, requestId, finished),
      onThrottle: (name) => laws.throttled(name),
      onFault: (subject, text) => chronicle.note(`${subject}: ${text}`),
    });
  }

  get #isSweeping(): boolean {
    const { clock, settings, endsAtMs } = this.#world;
    return !settings.sweepsLate || clock.now() >= endsAtMs;
  }

  get #eventAgeSeconds(): number {
    const { eventAgeSeconds } = this.#world.settings;
    return eventAgeSeconds ?? DEFAULT_ASYNC_SETTINGS.maximumEventAgeSeconds;
  }

  #lawsOf(clock: VirtualClock, chronicle: Chronicle): RuntimeLaws {
    const running = (name: string) => this.#lambda?.pool(name).running ?? 0;
    const laws = new RuntimeLaws({
      ...{ clock, chronicle, running },
      ...{ reserved: this.#reserved, accountQuota: this.#quota },
      isInHand: (handle) => this.#world.queue.isInHand(handle),
      isSweeping: this.#isSweeping,
      acceptedAtMs: (requestId) => this.#world.asyncStore.acceptedAtMs(requestId),
      eventAgeMs: this.#eventAgeSeconds * 1000,
      isThrottled: this.#reserved.queueWorker === 0,
    });
    const sample = (): void => {
      if (this.#laws !== laws) return;
      const { concurrency, batchSize } = this.#world.sizes.pool(this.#workers);
      if (batchSize === 1) laws.sample(this.#world.queue.visible, concurrency);
      clock.setTimeout(sample, SAMPLE_MS);
    };
    this.#laws = laws;
    if (this.#world.settings.batchSize === 1) clock.setTimeout(sample, SAMPLE_MS);
    return laws;
  }

  /** SNS keeps trying while Lambda cannot be reached. */
  #deliverDirect(message: string): void {
    const event = { Records: [{ EventSource: 'aws:sns', Sns: { Message: message } }] };
    if (this.#lambda) this.#lambda.invokeEvent('topicProcessor', JSON.stringify(event));
    else this.#world.clock.setTimeout(() => this.#deliverDirect(message), 1_000);
  }

  #throttling() {
    const { intake, status } = this.#world.sizes.throttling;
    const limit = ({ ratePerSecond: rateLimit, burst: burstLimit }: typeof intake) => ({
      ...{ rateLimit, burstLimit },
    });
    return { 'POST /orders/async': limit(intake), 'GET /orders/{order_id}': limit(status) };
  }
}

const MAPPING = {
  uuid: '11111111-2222-3333-4444-555555555555',
  ...{ functionName: 'queueWorker', enabled: true, reportBatchItemFailures: true },
};

const ORDERS_ONLY = { body: { order_id: [{ exists: true }] } };

const SCHEDULE = {
  ...{ ruleName: 'sweeper', arn: 'arn:aws:events:us-east-1:000000000000:rule/sweeper' },
  ...{ expression: 'rate(1 minute)', enabled: true },
  targets: [{ functionName: 'orderSweeper', input: undefined }],
};

function tell(event: StageEvent): string {
  switch (event.do) {
    case 'deploy':
      return 'new code is deployed';
    case 'workers':
      return `the stage is given ${event.count} workers`;
    case 'crowd':
      return `${event.count} look an order up at once`;
    case 'throttle':
      return `somebody throttles queueWorker for ${Math.round(event.forMs / 1000)} s`;
    case 'stranger':
      return 'somebody sends a message to the queue that is no order';
    case 'outage':
      return `the payment provider is down for ${event.downMs / 1000} s`;
    default:
      return `the stage is killed, and started on its data ${event.downMs / 1000} s later`;
  }
}
