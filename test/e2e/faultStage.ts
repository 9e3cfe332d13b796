import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { functionName, type Stage } from '../../ops/stage.ts';
import { type Answer, Buyer, order, type PlacedOrder } from '../journeys/client.ts';
import { Books } from '../journeys/storedRows.ts';
import type { JourneyTarget } from '../journeys/target.ts';
import { orderMessage, topicEvent } from './events.ts';

type Queue = 'OrderQueueUrl' | 'OrderDeadLetterQueueUrl' | 'DirectDeadLetterQueueUrl';

const WITHIN_MS = 60_000;

/** A stage to fail on: what buyers, queues and the operator do to it, and what its books say. */
export class FaultStage {
  readonly buyer: Buyer;
  readonly books: Books;
  readonly #stage: Stage;
  readonly #accepted: string[] = [];

  constructor(stage: Stage, target: JourneyTarget) {
    this.#stage = stage;
    this.buyer = new Buyer(target);
    this.books = new Books(target);
  }

  /** So short that five deliveries take seconds. */
  async shortenVisibility(seconds: number): Promise<void> {
    const QueueUrl = this.#stage.outputs.OrderQueueUrl;
    const Attributes = { VisibilityTimeout: String(seconds) };
    await this.#stage.clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }

  post(path: string, itemId: string): Promise<Answer> {
    const items = [{ item_id: itemId, name: 'A thing', price: 9.99, quantity: 3 }];
    return this.buyer.post(path, order({ items }));
  }

  /** Takes an order that an item may make fail, and returns its id. */
  async place(way: string, itemId = 'item-1'): Promise<string> {
    const answer = await this.post(`/orders/async?way=${way}`, itemId);
    assert.equal(answer.status, 202);
    this.#accepted.push(idOf(answer));
    return idOf(answer);
  }

  async ends(id: string, status: string, charges: number): Promise<void> {
    const { order: final } = await this.buyer.follow(`/orders/${id}`, WITHIN_MS);
    assert.equal(final.status, status);
    assert.equal(await this.books.chargesOf(id), charges);
  }

  async send(bodies: string[]): Promise<void> {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const QueueUrl = this.#stage.outputs.OrderQueueUrl;
    const command = new SendMessageBatchCommand({ QueueUrl, Entries });
    const { Failed = [] } = await this.#stage.clients.sqs.send(command);
    assert.deepEqual(Failed, []);
  }

  /** As SNS hands a notification to Lambda: asynchronously, with Lambda's own retries and destination. */
  async notify(id: string): Promise<void> {
    const command = new InvokeCommand({
      FunctionName: functionName(this.#stage, 'topicProcessor'),
      InvocationType: 'Event',
      Payload: JSON.stringify(topicEvent(orderMessage(id))),
    });
    assert.equal((await this.#stage.clients.lambda.send(command)).StatusCode, 202);
  }

  async messagesIn(queue: Queue): Promise<number> {
    const { Attributes = {} } = await this.#stage.clients.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#stage.outputs[queue],
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
    return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  }

  async untilMessagesIn(queue: Queue, count: number): Promise<void> {
    let seen = Number.NaN;
    for (const end = Date.now() + WITHIN_MS; Date.now() < end; await sleep(100)) {
      seen = await this.messagesIn(queue);
      if (seen === count) return;
    }
    throw new Error(`${queue}: ${seen} messages after ${WITHIN_MS / 1000} s, not ${count}`);
  }

  /** With equality, whatever is open: what is dead-lettered waits for the operator or the sweeper. */
  async booksClose(): Promise<void> {
    const { closed, settled, violations, orders } = await reconcile(this.#stage, {
      accepted: this.#accepted,
      waitSeconds: 30,
    });
    assert.deepEqual(violations, []);
    assert.equal(closed, true);
    assert.ok(settled || orders.pending > 0, 'the stage has not settled');
  }

  close(): void {
    this.books.close();
  }
}

export const idOf = ({ body }: Answer): string => (body as PlacedOrder).order_id;
