import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { reconcile } from '../../ops/reconcile.ts';
import type { Stage } from '../../ops/stage.ts';
import { Books } from '../journeys/books.ts';
import { type Answer, Buyer, order, type PlacedOrder } from '../journeys/client.ts';
import type { JourneyTarget } from '../journeys/target.ts';
import { type Checks, tell } from './checks.ts';

/** Short, so that five deliveries take seconds. */
const VISIBILITY_SECONDS = '1';
const WITHIN_MS = 60_000;

const CANNOT_SHOW = [
  'errors and unanswered calls of SNS, SQS or DynamoDB, a publish that arrives though its caller saw an error, an acknowledgement that fails: it cannot be told to fail on the wire',
  'an environment killed, the whole process killed: it has no address for an environment, and keeps its queues in memory',
  'throttled batches: its event source mapping is never throttled',
];

/** The faults that MiniStack can show: each ends with the books closed. */
export class Faults {
  readonly #stage: Stage;
  readonly #buyer: Buyer;
  readonly #books: Books;
  readonly #accepted: string[] = [];

  constructor(stage: Stage, target: JourneyTarget) {
    this.#stage = stage;
    this.#buyer = new Buyer(target);
    this.#books = new Books(target);
  }

  async check(checks: Checks): Promise<void> {
    await this.#shortenVisibility();
    const cases: [name: string, run: () => Promise<void>][] = [
      ['messages that come twice, at once and after the end, are one charge', this.#duplicates],
      ['poison beside good orders: those are paid, the poison is dead-lettered', this.#poison],
      ['a declined payment is final on every way and takes no money', this.#declined],
      ['a charge that never begins is dead-lettered on both ways', this.#before],
      ['a charge that begins without an answer is one charge, after a redelivery', this.#after],
      ['a provider that never answers is asked, and charges once', this.#never],
      ['a sync buyer who hangs up in mid-payment is charged once', this.#hangUp],
      ['ten requests with one key at once on the sync way are one charge', this.#sameKey],
    ];
    for (const [name, run] of cases) {
      await checks.run(`fault: ${name}; books closed`, async () => {
        await run.call(this);
        await this.#booksClose();
      });
    }
    tell(
      `Faults that MiniStack cannot show:\n${CANNOT_SHOW.map((line) => `  - ${line}`).join('\n')}`,
    );
  }

  close(): void {
    this.#books.close();
  }

  async #duplicates(): Promise<void> {
    const id = await this.#place('queued');
    await this.#send([message(id), message(id), message(id)]);
    await this.#ends(id, 'completed', 1);
    await this.#send([message(id)]);
    await this.#queueIsEmpty();
    await this.#ends(id, 'completed', 1);
  }

  async #poison(): Promise<void> {
    const deadBefore = await this.#deadLetters('OrderDeadLetterQueueUrl');
    const ids = await Promise.all(Array.from({ length: 7 }, () => this.#place('queued')));
    await this.#send(['poison', '{"version":1}', message(`ord_${'0'.repeat(32)}`)]);
    await Promise.all(ids.map((id) => this.#ends(id, 'completed', 1)));
    await until('three dead letters', async () => {
      return (await this.#deadLetters('OrderDeadLetterQueueUrl')) === deadBefore + 3;
    });
  }

  async #declined(): Promise<void> {
    const sync = await this.#post('/orders/sync', 'fault-decline');
    assert.equal(sync.status, 402);
    const queued = await this.#place('queued', 'fault-decline');
    const direct = await this.#place('direct', 'fault-decline');
    await this.#ends(queued, 'declined', 0);
    await this.#ends(direct, 'declined', 0);
    await this.#send([message(queued)]);
    await this.#queueIsEmpty();
    await this.#ends(queued, 'declined', 0);
  }

  async #before(): Promise<void> {
    const queue = await this.#deadLetters('OrderDeadLetterQueueUrl');
    const direct = await this.#deadLetters('DirectDeadLetterQueueUrl');
    const ids = [
      await this.#place('queued', 'fault-before'),
      await this.#place('direct', 'fault-before'),
    ];
    await until('a dead letter of each way', async () => {
      const queued = await this.#deadLetters('OrderDeadLetterQueueUrl');
      return queued > queue && (await this.#deadLetters('DirectDeadLetterQueueUrl')) > direct;
    });
    for (const id of ids) assert.equal(await this.#books.chargesOf(id), 0);
  }

  async #after(): Promise<void> {
    const ids = [
      await this.#place('queued', 'fault-after'),
      await this.#place('direct', 'fault-after'),
    ];
    for (const id of ids) await this.#ends(id, 'completed', 1);
  }

  async #never(): Promise<void> {
    const ids = [
      await this.#place('queued', 'fault-never'),
      await this.#place('direct', 'fault-never'),
    ];
    const sync = await this.#post('/orders/sync', 'fault-never');
    assert.equal(sync.status, 200);
    for (const id of [...ids, idOf(sync)]) await this.#ends(id, 'completed', 1);
  }

  async #hangUp(): Promise<void> {
    const headers = { 'idempotency-key': randomUUID() };
    const customer_id = 7_000_000 + (process.pid % 1_000_000);
    const hangingUp = this.#buyer.post(
      '/orders/sync',
      order({ customer_id }),
      headers,
      AbortSignal.timeout(200),
    );
    await assert.rejects(hangingUp);
    const id = await this.#books.untilOrderOf(customer_id);
    await this.#ends(id, 'completed', 1);
    const again = await this.#buyer.post('/orders/sync', order({ customer_id }), headers);
    assert.equal(again.status, 200);
    assert.equal(idOf(again), id);
  }

  async #sameKey(): Promise<void> {
    const headers = { 'idempotency-key': randomUUID() };
    const buyOnce = () => this.#buyer.post('/orders/sync', order(), headers);
    const answers = await Promise.all(Array.from({ length: 10 }, buyOnce));
    const others = answers.filter(({ status }) => ![200, 409, 429].includes(status));
    assert.deepEqual(
      others.map(({ status }) => status),
      [],
    );
    const ids = new Set(answers.filter(({ status }) => status === 200).map(idOf));
    assert.equal(ids.size, 1);
    await this.#ends([...ids][0] ?? '', 'completed', 1);
  }

  async #place(way: string, itemId = 'item-1'): Promise<string> {
    const answer = await this.#post(`/orders/async?way=${way}`, itemId);
    assert.equal(answer.status, 202);
    this.#accepted.push(idOf(answer));
    return idOf(answer);
  }

  #post(path: string, itemId: string): Promise<Answer> {
    const items = [{ item_id: itemId, name: 'A thing', price: 9.99, quantity: 3 }];
    return this.#buyer.post(path, order({ items }));
  }

  async #ends(id: string, status: string, charges: number): Promise<void> {
    const { order: final } = await this.#buyer.follow(`/orders/${id}`, WITHIN_MS);
    assert.equal(final.status, status);
    assert.equal(await this.#books.chargesOf(id), charges);
  }

  async #send(bodies: string[]): Promise<void> {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const QueueUrl = this.#stage.outputs.OrderQueueUrl;
    const { Failed = [] } = await this.#stage.clients.sqs.send(
      new SendMessageBatchCommand({ QueueUrl, Entries }),
    );
    assert.deepEqual(Failed, []);
  }

  async #queueIsEmpty(): Promise<void> {
    await until('an empty queue', async () => (await this.#messagesIn('OrderQueueUrl')) === 0);
  }

  #deadLetters(output: 'OrderDeadLetterQueueUrl' | 'DirectDeadLetterQueueUrl'): Promise<number> {
    return this.#messagesIn(output);
  }

  async #messagesIn(output: keyof Stage['outputs']): Promise<number> {
    const { Attributes = {} } = await this.#stage.clients.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#stage.outputs[output],
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
    return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  }

  async #shortenVisibility(): Promise<void> {
    const QueueUrl = this.#stage.outputs.OrderQueueUrl;
    const Attributes = { VisibilityTimeout: VISIBILITY_SECONDS };
    await this.#stage.clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }

  async #booksClose(): Promise<void> {
    const { closed, settled, violations, orders } = await reconcile(this.#stage, {
      accepted: this.#accepted,
      waitSeconds: 30,
    });
    assert.deepEqual(violations, []);
    assert.equal(closed, true);
    // Only what is dead-lettered may stay open: it waits for the sweeper or the operator.
    assert.equal(settled || orders.pending > 0, true, 'the stage has not settled');
  }
}

const message = (orderId: string) =>
  JSON.stringify({
    version: 1,
    order_id: orderId,
    way: 'queued',
    sent_at: new Date().toISOString(),
  });

const idOf = ({ body }: Answer) => (body as PlacedOrder).order_id;

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; Date.now() < end; await sleep(100)) {
    if (await isSo()) return;
  }
  throw new Error(`there was no sign of ${what} within ${WITHIN_MS / 1000} s`);
}
