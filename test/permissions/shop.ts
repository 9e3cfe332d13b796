import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBreaker } from '../../ops/breaker.ts';
import { bookReader } from '../../ops/reconciliation/tableReader.ts';
import { listStock, setStock } from '../../ops/stock/stock.ts';
import { StockTable } from '../../ops/stock/stockTable.ts';
import { idOf } from '../e2e/faultStage.ts';
import type { Campaign } from '../faults/campaign.ts';
import type { FaultRule } from '../faults/faults.ts';
import { keepSweeping } from '../faults/operator.ts';
import { wire } from '../faults/rounds.ts';
import { type Answer, Buyer, order } from '../journeys/client.ts';
import { localTarget } from '../journeys/target.ts';
import type { Recording } from './recording.ts';

const SYNC = '/orders/sync';
const QUEUED = '/orders/async?way=queued';
const DIRECT = '/orders/async?way=direct';
const WAYS = [SYNC, QUEUED, DIRECT];
/** Failures that open the breaker. */
const BUYERS = 3;
/** Longer than a lease, or than Lambda waits before it tries an asynchronous event again. */
const WITHIN_MS = 120_000;

const PROVIDER_DOWN = wire('provider down', 'dynamodb', /Item .*-charges$/, 'error', 1);
const QUEUE_AT_REST = wire('queue at rest', 'sqs', /^ReceiveMessage .*-orders$/, 'error', 1);
const END_NOT_WRITTEN = wire('end not written', 'dynamodb', /^UpdateItem .*-orders$/, 'error', 1);
const NOT_STORED = wire('not stored', 'dynamodb', /^PutItem .*-orders$/, 'error', 1);
const NOT_PUBLISHED = wire('not published', 'sns', /^Publish/, 'error', 1);
const VOID_ANSWER_LOST: FaultRule = {
  ...wire('void answer lost', 'dynamodb', /^PutItem .*-charges$/, 'doneButError', 1),
  isOnce: true,
};

/** Brings about what neither a journey nor a round of the campaign is sure to come to. */
export class Shop {
  readonly #campaign: Campaign;
  readonly #recording: Recording;

  constructor(campaign: Campaign, recording: Recording) {
    this.#campaign = campaign;
    this.#recording = recording;
  }

  /** On each way somebody meets a provider that cannot be asked; the sweeper closes the breaker again. */
  async loseProvider(): Promise<void> {
    for (const [way, key] of [
      [SYNC, 'orderSync'],
      [QUEUED, 'queueWorker'],
      [DIRECT, 'topicProcessor'],
    ] as const) {
      this.#campaign.inject([PROVIDER_DOWN]);
      const buyers = Array.from({ length: BUYERS }, () => this.#ask(way, 'item-1'));
      const answers = await Promise.all(buyers);
      for (const { status } of answers) assert.equal(status < 300, way !== SYNC);
      await within(() => this.#called(key, 'dynamodb:UpdateItem', 'operations'));
      this.#campaign.inject([]);
      await this.#sweepUntil(() => this.#isClosed());
      // What is tried again would be the first to meet the next outage, and open the breaker in another's place.
      if (way === QUEUED) await this.#paid(answers.map(idOf));
    }
    await this.#sweepUntil(() => this.#called('orderSweeper', 'dynamodb:UpdateItem', 'operations'));
  }

  /** What the sync way has left behind. */
  async sweepAbandoned(): Promise<void> {
    await this.#sweepUntil(() => this.#called('orderSweeper', 'dynamodb:PutItem', 'charges'));
  }

  /** An order that cannot be published; that its charge was made impossible is written, and found at the second try. */
  async withdrawOrder(): Promise<void> {
    this.#campaign.inject([NOT_PUBLISHED, VOID_ANSWER_LOST]);
    assert.equal((await this.#ask(DIRECT, 'item-1')).status, 503);
    this.#campaign.inject([]);
  }

  /** One order that nobody has paid yet, and one whose end could not be written. */
  async cancelOrders(): Promise<void> {
    await this.#restQueue();
    const waiting = idOf(await this.#ask(QUEUED, 'vase'));
    assert.equal(await this.#cancel(waiting), 200);

    this.#campaign.inject([END_NOT_WRITTEN]);
    const paid = idOf(await this.#ask(DIRECT, 'vase'));
    await within(async () => (await this.#charged()).has(paid));
    assert.equal(await this.#cancel(paid), 409);
    this.#campaign.inject([]);
  }

  give = (itemId: string, units: number) =>
    setStock(new StockTable(this.#campaign.stage), itemId, units, {
      ...{ isDryRun: false, onProgress: () => {}, signal: new AbortController().signal },
    });

  /** Each way sells units and finds none left; then units are held by an order that waits, and by one that never was. */
  async sellOut(): Promise<void> {
    await this.give('lamp', WAYS.length);
    for (const way of WAYS) assert.ok((await this.#ask(way, 'lamp')).status < 300);
    for (const way of WAYS) assert.equal((await this.#ask(way, 'lamp')).status, 409);

    await this.give('rug', 2);
    await this.#restQueue();
    assert.equal((await this.#ask(QUEUED, 'rug')).status, 202);
    this.#campaign.inject([QUEUE_AT_REST, NOT_STORED]);
    assert.equal((await this.#ask(QUEUED, 'rug')).status, 500);
    this.#campaign.inject([QUEUE_AT_REST]);
    await this.#sweepUntil(async () => (await this.#heldOf('rug')) === 1);
    await this.#sweepUntil(() =>
      this.#called('orderSweeper', 'dynamodb:Query', 'stock/index/open'),
    );
    this.#campaign.inject([]);
  }

  /** A mapping has one poll at a time: once one is refused, none is out that could still bring a message. */
  async #restQueue(): Promise<void> {
    this.#campaign.inject([QUEUE_AT_REST]);
    await within(async () => this.#campaign.hasStruck());
  }

  #ask = (path: string, item_id: string): Promise<Answer> =>
    new Buyer(localTarget(this.#campaign.ready)).post(
      path,
      order({ items: [{ item_id, name: 'x', price: 1, quantity: 1 }] }),
    );

  #cancel = async (orderId: string): Promise<number> =>
    (await fetch(`${this.#campaign.ready.api}/orders/${orderId}`, { method: 'DELETE' })).status;

  async #paid(orderIds: string[]): Promise<void> {
    await this.#sweepUntil(async () => {
      const charged = await this.#charged();
      return orderIds.every((id) => charged.has(id));
    });
  }

  async #charged(): Promise<Set<string>> {
    const ids = new Set<string>();
    for await (const page of bookReader(this.#campaign.stage).charges())
      for (const { orderId } of page) ids.add(orderId);
    return ids;
  }

  async #heldOf(itemId: string): Promise<number | undefined> {
    const items = await listStock(new StockTable(this.#campaign.stage));
    return items.find(({ item_id }) => item_id === itemId)?.held;
  }

  #isClosed = async (): Promise<boolean> =>
    (await readBreaker(this.#campaign.stage)).state === 'closed';

  #called = async (...call: Parameters<Recording['hasOnTable']>): Promise<boolean> =>
    this.#recording.hasOnTable(...call);

  async #sweepUntil(isTrue: () => Promise<boolean>): Promise<void> {
    const sweeping = keepSweeping(() => this.#campaign.stage);
    await within(isTrue).finally(() => sweeping.stop());
  }
}

async function within(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; !(await isTrue()); await sleep(500))
    assert.ok(Date.now() < end, `not true within ${WITHIN_MS} ms: ${isTrue}`);
}
