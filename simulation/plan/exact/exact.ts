import { Throttling, TokenBucket } from '../../../local/gateway/routeThrottling.ts';
import { DEFAULT_ASYNC_SETTINGS } from '../../../local/lambda/asyncEvents/asyncSettings.ts';
import { ThrottledError } from '../../../local/lambda/errors.ts';
import type { FunctionKey } from '../../../ops/serviceNames.ts';
import { endsOfBatch } from '../../../ops/workers/batchTime.ts';
import type { Handler } from '../../lambda/environment.ts';
import { SimulatedLambda } from '../../lambda/simulatedLambda.ts';
import { MemoryQueue } from '../../messaging/memoryQueue.ts';
import { SeededRandom } from '../../seededRandom.ts';
import { VirtualClock } from '../../virtualClock.ts';
import type { PlanSettings } from '../inputs/settings.ts';
import { ASSUMED, functionTimes } from '../model/functionTimes.ts';
import { REQUESTS_PER_EXECUTION, regionLimits } from '../model/quotas.ts';
import { emptyUsage, type PlanOutcome } from '../outcome.ts';
import { Buyers } from './buyers.ts';
import { Ledger } from './ledger.ts';
import { type Attempt, ModelledPayments } from './modelledPayments.ts';

const MAX_RECEIVES = 5;
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:orders';
const GIVEN_UP_ARN = 'arn:aws:sqs:us-east-1:000000000000:given-up';
/** While orders come, and after. */
const SLICE_MS = { selling: 100, draining: 1000 };
/** What is left then is too old for the queue. */
const LONGEST_MS = 4 * 86_400_000;
/** A look-up by the buyer, each so long after the one before. */
const POLL_EVERY_MS = 3000;

/** Event by event: the runtime's own control plane, functions that are models. */
export async function exactPlan(settings: PlanSettings): Promise<PlanOutcome> {
  const { stackTraceLimit } = Error;
  // A throttle is an answer like others here, and its stack would take most of the time.
  Error.stackTraceLimit = 0;
  try {
    return await new ExactPlan(settings).live();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class ExactPlan {
  readonly #settings: PlanSettings;
  readonly #clock = new VirtualClock(0);
  readonly #ledger = new Ledger();
  readonly #usage = emptyUsage();
  readonly #times: ReturnType<typeof functionTimes>;
  readonly #payments: ModelledPayments;
  readonly #queue: MemoryQueue;
  readonly #lambda: SimulatedLambda;
  readonly #throttling: Throttling;
  readonly #publishing: TokenBucket;
  readonly #rates: Record<string, TokenBucket>;
  readonly #buyers: Buyers;
  #asking = 0;
  #throttles = 0;
  #coldStarts = 0;

  constructor(settings: PlanSettings) {
    const { sizing, region } = settings;
    const random = new SeededRandom(settings.seed);
    const { publishesPerSecond: rate } = regionLimits(region);
    this.#settings = settings;
    this.#times = functionTimes(sizing.memoryMb, settings.way);
    this.#payments = new ModelledPayments(settings, random.fork('payments'));
    this.#queue = this.#orderQueue();
    this.#lambda = this.#modelledLambda(random.fork('lambda'));
    this.#throttling = new Throttling(gatewayOf(settings), 0, {
      rateLimit: settings.gatewayRequestsPerSecond,
      burstLimit: settings.gatewayRequestsPerSecond / 2,
    });
    this.#publishing = new TokenBucket({ rateLimit: rate, burstLimit: rate }, 0);
    this.#rates = this.#requestRates();
    this.#buyers = new Buyers(settings.load, {
      clock: this.#clock,
      random: random.fork('buyers'),
      order: (answered) => this.#order(answered),
    });
  }

  async live(): Promise<PlanOutcome> {
    await this.#lambda.start();
    this.#buyers.start();
    while (!this.#isOver && this.#clock.now() < LONGEST_MS) {
      const { isDone } = this.#buyers;
      const sliceMs = isDone ? SLICE_MS.draining : SLICE_MS.selling;
      await this.#clock.run((Math.floor(this.#clock.now() / sliceMs) + 1) * sliceMs);
      this.#observe(!isDone);
    }
    const [mapping] = this.#lambda.mappings;
    this.#usage.queueReceives = mapping?.counts.receives ?? 0;
    this.#usage.queueDeletes = mapping?.counts.deletes ?? 0;
    const outcome = {
      ...this.#ledger.outcome(),
      throttles: this.#throttles,
      coldStarts: this.#coldStarts,
      usage: this.#usage,
    };
    await this.#lambda.kill();
    return { method: 'exact', ...outcome };
  }

  get #isOver(): boolean {
    return this.#buyers.isDone && this.#asking === 0 && this.#ledger.open === 0;
  }

  #observe(isSelling: boolean): void {
    const now = this.#clock.now();
    const running = (key: FunctionKey) => this.#lambda.limits.usage(key).running;
    const gauges = {
      visible: this.#queue.visible,
      inFlight: this.#queue.inFlight,
      eventsWaiting: this.#lambda.asyncCounts('topicProcessor').waiting,
      processors: running(PROCESSOR[this.#settings.way]),
      intake: running('orderAsync'),
    };
    this.#ledger.observe(now, gauges, now % 1000 === 0, isSelling);
  }

  /** A buyer sends an order, and hears what became of it. */
  #order(answered: () => void): void {
    this.#ledger.offer(this.#clock.now());
    const { way } = this.#settings;
    const key = way === 'sync' ? 'orderSync' : 'orderAsync';
    const refusal = this.#refusal(way === 'sync' ? SYNC_ROUTE : ASYNC_ROUTE, key);
    if (refusal !== undefined) {
      this.#ledger.refused[refusal] += 1;
      answered();
      return;
    }
    this.#asking += 1;
    const answer = () => {
      this.#asking -= 1;
      this.#lambda.limits.release(key);
      answered();
    };
    if (way === 'sync') this.#paySync(answer);
    else this.#takeIn(answer);
  }

  /** Why a request is answered 429 or 503; undefined where its function runs now. */
  #refusal(route: string, key: FunctionKey): 'throttled' | 'noConcurrency' | undefined {
    const now = this.#clock.now();
    this.#usage.apiRequests += 1;
    if (!this.#throttling.admits(route, now)) return 'throttled';
    if (this.#rates[key]?.take(now) === false) return 'noConcurrency';
    try {
      this.#lambda.limits.acquire(key);
      return undefined;
    } catch (error) {
      if (error instanceof ThrottledError) return 'noConcurrency';
      throw error;
    }
  }

  #paySync(answer: () => void): void {
    const startedMs = this.#clock.now();
    const { waitMs, end = 'dropped' } = this.#payments.attempt(this.#ledger.accepted);
    const ms = waitMs + this.#times.orderMs;
    this.#bill('orderSync', ms);
    this.#clock.setPlainTimeout(() => {
      // As Locust counts: of buyers who wait for their answers, those that come while the sale lasts.
      if (this.#settings.load.kind === 'closed' && this.#buyers.isDone)
        this.#ledger.forget(startedMs);
      else this.#ledger.end(this.#ledger.accept(startedMs), end, this.#clock.now());
      answer();
    }, ms);
  }

  #takeIn(answer: () => void): void {
    const ms = this.#times.intakeMs;
    this.#bill('orderAsync', ms);
    this.#clock.setPlainTimeout(() => {
      const now = this.#clock.now();
      if (this.#publishing.take(now)) this.#publish(this.#ledger.accept(now));
      else this.#ledger.refused.unpublished += 1;
      answer();
    }, ms);
  }

  #publish(order: number): void {
    this.#usage.publishes += 1;
    this.#clock.setPlainTimeout(() => this.#deliver(String(order)), ASSUMED.deliveryMs);
    for (let poll = 1; poll <= this.#settings.polls; poll += 1)
      this.#clock.setPlainTimeout(() => this.#poll(), poll * POLL_EVERY_MS);
  }

  #deliver(body: string): void {
    if (this.#settings.way === 'direct') {
      // Runs on through promises.
      this.#clock.setTimeout(() => this.#lambda.invokeEvent('topicProcessor', body), 0);
      return;
    }
    this.#usage.queueSends += 1;
    // Who waits for it goes on through promises.
    if (this.#queue.isPolled) this.#clock.setTimeout(() => this.#queue.send(body), 0);
    else this.#queue.send(body);
  }

  #poll(): void {
    if (this.#refusal(STATUS_ROUTE, 'orderStatus') !== undefined) return;
    this.#bill('orderStatus', this.#times.statusMs);
    this.#clock.setPlainTimeout(
      () => this.#lambda.limits.release('orderStatus'),
      this.#times.statusMs,
    );
  }

  #bill(key: FunctionKey, ms: number): void {
    const { invocations, billedMs } = this.#usage;
    invocations[key] = (invocations[key] ?? 0) + 1;
    billedMs[key] = (billedMs[key] ?? 0) + Math.ceil(ms);
  }

  #orderQueue(): MemoryQueue {
    const common = {
      clock: this.#clock,
      visibilitySeconds: this.#settings.sizing.visibilitySeconds,
    };
    const deadLetters = new DeadLetters({ ...common, arn: GIVEN_UP_ARN }, (body) =>
      this.#ledger.end(Number(body), 'dropped', this.#clock.now()),
    );
    return new MemoryQueue({
      ...common,
      arn: QUEUE_ARN,
      redrive: { maxReceiveCount: MAX_RECEIVES, deadLetters },
    });
  }

  #modelledLambda(randomness: SeededRandom): SimulatedLambda {
    const { sizing, quota, pollers } = this.#settings;
    const { batchSize, concurrency } = sizing.workers;
    return new SimulatedLambda({
      clock: this.#clock,
      randomness,
      accountQuota: quota,
      functions: this.#functions(),
      eventSourceMappings: [
        {
          client: this.#queue,
          model: {
            ...{ uuid: 'workers', functionName: 'queueWorker', queueArn: QUEUE_ARN },
            ...{ enabled: true, reportBatchItemFailures: true, filters: [] },
            ...{ batchSize, windowSeconds: sizing.batchWindowSeconds },
            maximumConcurrency: pollers === undefined ? concurrency : undefined,
            ...(pollers !== undefined && { pollers }),
          },
        },
      ],
      asyncSettings: { topicProcessor: { ...DEFAULT_ASYNC_SETTINGS, onFailureArn: GIVEN_UP_ARN } },
      sendToArn: async (_arn, body) => {
        const { requestPayload } = JSON.parse(body) as { requestPayload: number };
        this.#ledger.end(requestPayload, 'dropped', this.#clock.now());
      },
      onThrottle: () => {
        this.#throttles += 1;
      },
    });
  }

  #functions() {
    const { sizing } = this.#settings;
    const of = (
      name: FunctionKey,
      reserved: number | null,
      handler: Handler = async () => undefined,
    ) => ({
      name,
      reservedConcurrency: reserved ?? undefined,
      timeoutMs: sizing.processorTimeoutSeconds * 1000,
      initMs: () => {
        this.#coldStarts += 1;
        return ASSUMED.coldStartMs;
      },
      load: () => handler,
    });
    return [
      of('orderSync', sizing.sync.reservedConcurrency),
      of('orderAsync', sizing.intake.reservedConcurrency),
      of('orderStatus', null),
      of('queueWorker', sizing.workers.reservedConcurrency, (payload) => this.#payBatch(payload)),
      of('topicProcessor', sizing.direct.reservedConcurrency, (body) => this.#payEvent(body)),
      of('orderSweeper', sizing.sweeper.reservedConcurrency),
    ];
  }

  async #payBatch(payload: string): Promise<object> {
    const orders = Array.from(payload.matchAll(ORDER), ([, body]) => Number(body));
    const attempts = orders.map((order) => this.#payments.attempt(order));
    const ends = endsOfBatch(
      attempts.map(({ waitMs }) => waitMs),
      this.#times.orderMs,
    );
    const startedMs = this.#clock.now();
    await this.#work('queueWorker', Math.max(...ends));
    orders.forEach((order, index) => {
      const { end } = attempts[index] as Attempt;
      if (end !== undefined) this.#ledger.end(order, end, startedMs + (ends[index] ?? 0));
    });
    if (attempts.every(({ end }) => end !== undefined)) return NONE_FAILED;
    const ids = Array.from(payload.matchAll(MESSAGE_ID), ([, id]) => id);
    const failed = ids.filter((_, index) => attempts[index]?.end === undefined);
    return { batchItemFailures: failed.map((id) => ({ itemIdentifier: id })) };
  }

  async #payEvent(body: string): Promise<void> {
    const { waitMs, end } = this.#payments.attempt(Number(body));
    await this.#work('topicProcessor', waitMs + this.#times.orderMs);
    if (end === undefined) throw new Error('the provider did not answer');
    this.#ledger.end(Number(body), end, this.#clock.now());
  }

  #work(key: FunctionKey, ms: number): Promise<void> {
    this.#bill(key, ms);
    return this.#clock.sleep(ms);
  }

  #requestRates(): Record<string, TokenBucket> {
    const { limits } = this.#lambda;
    const rate = (key: FunctionKey) =>
      REQUESTS_PER_EXECUTION * (limits.usage(key).reserved ?? limits.unreservedLimit);
    return Object.fromEntries(
      (['orderSync', 'orderAsync', 'orderStatus'] as const).map((key) => [
        key,
        new TokenBucket({ rateLimit: rate(key), burstLimit: rate(key) }, 0),
      ]),
    );
  }
}

const SYNC_ROUTE = 'POST /orders/sync';
const ASYNC_ROUTE = 'POST /orders/async';
const STATUS_ROUTE = 'GET /orders/{order_id}';
const PROCESSOR = { sync: 'orderSync', queued: 'queueWorker', direct: 'topicProcessor' } as const;

function gatewayOf({ sizing: { throttling } }: PlanSettings) {
  const limit = ({ ratePerSecond, burst }: { ratePerSecond: number; burst: number }) => ({
    rateLimit: ratePerSecond,
    burstLimit: burst,
  });
  const intake = limit(throttling.intake);
  return {
    throttling: undefined,
    routes: [SYNC_ROUTE, ASYNC_ROUTE, STATUS_ROUTE].map((routeKey) => ({ routeKey })),
    routeThrottling: {
      [SYNC_ROUTE]: intake,
      [ASYNC_ROUTE]: intake,
      [STATUS_ROUTE]: limit(throttling.status),
    },
  };
}

/** What a worker needs to know of its records; parsing all of them would take most of the time. */
const ORDER = /"body":"(\d+)"/g;
const MESSAGE_ID = /"messageId":"([^"]*)"/g;
const NONE_FAILED = { batchItemFailures: [] };

/** Tells of each message that comes to it. */
class DeadLetters extends MemoryQueue {
  readonly #onMessage: (body: string) => void;

  constructor(
    options: ConstructorParameters<typeof MemoryQueue>[0],
    onMessage: (body: string) => void,
  ) {
    super(options);
    this.#onMessage = onMessage;
  }

  override send(body: string): void {
    this.#onMessage(body);
  }
}
