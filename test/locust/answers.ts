import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { isObject, parseJson } from '../../common/json.ts';
import type { Stage } from '../../ops/stage.ts';

/** An answer of the service, as the Locust files get it, and what they have to make of it. */
export interface RecordedAnswer {
  name: string;
  kind: 'sync' | 'queued' | 'direct' | 'any' | 'look-up';
  basket: Basket;
  order_id?: string;
  status: number;
  text: string;
  headers: Record<string, string>;
  expected: { row: string; fault: RegExp | null; hasId: boolean };
}

interface Basket {
  customer_id: number;
  items: { item_id: string; name: string; price: number; quantity: number }[];
}

type Sent = Pick<RecordedAnswer, 'status' | 'text' | 'headers'>;
type Expected = RecordedAnswer['expected'];
type Asked = Pick<RecordedAnswer, 'name' | 'kind'> & { key?: string; item?: string };

const SYNC = 'POST /orders/sync';
const ASYNC = 'POST /orders/async';
const LOOK_UP = 'GET /orders/{order_id}';
const ENDS_WITHIN_MS = 20_000;

const order = (row: string): Expected => ({ row, fault: null, hasId: true });
const turnedAway = (row: string): Expected => ({ row, fault: null, hasId: false });
const failure = (row: string, fault: RegExp): Expected => ({ row, fault, hasId: false });

const basketOf = (item = 'item-1'): Basket => ({
  customer_id: 123,
  items: [{ item_id: item, name: 'Milk jug', price: 14.5, quantity: 2 }],
});

/** Makes a service whose payments fail by item give every answer that it has, and records them. */
export class AnswerRecorder {
  readonly answers: RecordedAnswer[] = [];
  readonly #api: string;
  readonly #stage: Stage;

  constructor(api: string, stage: Stage) {
    this.#api = api;
    this.#stage = stage;
  }

  async record(): Promise<RecordedAnswer[]> {
    await this.#syncAnswers();
    await this.#asyncAnswers();
    await this.#failures();
    await this.#refusals();
    await this.#cancelled();
    return this.answers;
  }

  /** Of a service that was started without its topic. */
  async notConfigured(): Promise<void> {
    for (const kind of ['queued', 'direct', 'any'] as const) {
      const asked = { kind, name: `503 ${kind}, not configured`, key: kind };
      const { text } = await this.#place(asked, turnedAway(`${ASYNC} [refused]`));
      assert.match(text, /SNS_TOPIC_ARN is not set/);
    }
  }

  /** Of a service whose topic is not there. */
  async notPublished(): Promise<void> {
    const asked = { kind: 'queued', name: '503, not taken', key: 'gone' } as const;
    const { text } = await this.#place(asked, turnedAway(`${ASYNC} [refused]`));
    assert.match(text, /problem:not-taken/);
  }

  async #syncAnswers(): Promise<void> {
    const paid = { kind: 'sync', key: 'paid' } as const;
    await this.#place({ ...paid, name: '200, paid' }, order(SYNC));
    await this.#place({ ...paid, name: '200, repeated' }, order(SYNC));
    const declined = { kind: 'sync', key: 'declined', item: 'fault-decline' } as const;
    const { text } = await this.#place({ ...declined, name: '402' }, order(`${SYNC} [declined]`));
    await this.#place({ ...declined, name: '402, repeated' }, order(`${SYNC} [declined]`));
    await this.#lookUp('a declined order', idIn(text), basketOf('fault-decline'));
    const paying = this.#send('/orders/sync', basketOf(), { 'idempotency-key': 'paying' });
    await sleep(150);
    const again = { kind: 'sync', key: 'paying', name: '409, still paying' } as const;
    await this.#place(again, turnedAway(`${SYNC} [in progress]`));
    await paying;
  }

  async #asyncAnswers(): Promise<void> {
    for (const kind of ['queued', 'direct', 'any'] as const) {
      for (const item of ['item-1', 'fault-decline']) {
        const asked = { kind, key: `${kind}-${item}`, item };
        const { text } = await this.#place({ ...asked, name: `202 ${kind} ${item}` }, order(ASYNC));
        await this.#place({ ...asked, name: `202 ${kind} ${item}, repeated` }, order(ASYNC));
        await this.#lookUp(`a ${kind} order, ${item}`, idIn(text), basketOf(item));
        await this.#untilEnded(idIn(text));
        await this.#place(
          { ...asked, name: `202 ${kind} ${item}, repeated at its end` },
          order(ASYNC),
        );
        await this.#lookUp(`an ended ${kind} order, ${item}`, idIn(text), basketOf(item));
      }
    }
  }

  async #failures(): Promise<void> {
    const bad = { 'idempotency-key': 'my run,' };
    const badKey = await this.#send('/orders/async?way=queued', basketOf(), bad);
    this.#keep(
      { name: '400, key', kind: 'queued' },
      badKey,
      failure(ASYNC, /400.*idempotency-key/),
    );
    const nothing = await this.#send('/orders/sync', {});
    this.#keep({ name: '400, body', kind: 'sync' }, nothing, failure(SYNC, /400.*customer_id/));
    const way = await this.#send('/orders/async?way=slow', basketOf());
    this.#keep({ name: '400, way', kind: 'any' }, way, failure(ASYNC, /400.*way/));
    const reused = await this.#send('/orders/sync', basketOf('item-2'), {
      'idempotency-key': 'paid',
    });
    this.#keep({ name: '422', kind: 'sync' }, reused, failure(SYNC, /422: .+: .+/));
    const large = await this.#send('/orders/sync', { ...basketOf(), note: 'x'.repeat(300_000) });
    this.#keep({ name: '413', kind: 'sync' }, large, failure(SYNC, /413/));
    const media = await this.#send('/orders/sync', basketOf(), { 'content-type': 'text/plain' });
    this.#keep({ name: '415', kind: 'sync' }, media, failure(SYNC, /415: .+: .+/));
    const unknown = await this.#fetch(`/orders/ord_${'0'.repeat(32)}`);
    this.#keep({ name: '404', kind: 'look-up' }, unknown, failure(LOOK_UP, /404: .+: .+/));
    const route = await this.#send('/orders/nowhere', basketOf());
    this.#keep({ name: '404, gateway', kind: 'sync' }, route, failure(SYNC, /404: Not Found/));
    for (const item of ['fault-after', 'fault-never']) {
      const key = { 'idempotency-key': item };
      const lost = await this.#send('/orders/sync', basketOf(item), key);
      const expected = lost.status === 500 ? failure(SYNC, /500: .+: .+/) : order(SYNC);
      this.#keep({ name: `${lost.status}, ${item}`, kind: 'sync' }, lost, expected, item);
    }
  }

  /** An order that was cancelled for a reason that this service does not know is not taken again. */
  async #cancelled(): Promise<void> {
    const asked = { kind: 'sync', key: 'cancelled' } as const;
    const { text } = await this.#place({ ...asked, name: '200, to be cancelled' }, order(SYNC));
    await this.#stage.clients.dynamodb.send(
      new UpdateItemCommand({
        TableName: this.#stage.outputs.OrdersTableName,
        Key: { order_id: { S: idIn(text) } },
        UpdateExpression: 'SET #status = :cancelled, cancel_reason = :reason',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: {
          ':cancelled': { S: 'cancelled' },
          ':reason': { S: 'withdrawn' },
        },
      }),
    );
    await this.#place({ ...asked, name: '409, cancelled' }, failure(SYNC, /409: .*cancelled: .+/));
  }

  async #refusals(): Promise<void> {
    const before = await this.#send('/orders/sync', basketOf('fault-before'));
    this.#keep(
      { name: `${before.status}, fault-before`, kind: 'sync' },
      before,
      turnedAway(`${SYNC} [refused]`),
    );
    const crowd = Array.from({ length: 8 }, () => this.#send('/orders/sync', basketOf()));
    const refused = (await Promise.all(crowd)).find(({ status }) => status === 503);
    if (refused === undefined) throw new Error('the gateway refused none of 8 orders at a time');
    this.#keep({ name: '503, gateway', kind: 'sync' }, refused, turnedAway(`${SYNC} [refused]`));
    // The gateway's own, which only a throttled stage gives.
    const throttled = { status: 429, text: '{"message":"Too Many Requests"}', headers: {} };
    this.#keep({ name: '429, gateway', kind: 'any' }, throttled, turnedAway(`${ASYNC} [refused]`));
    this.#keep({ name: '429', kind: 'look-up' }, throttled, turnedAway(`${LOOK_UP} [refused]`));
  }

  async #place({ key = '', item, ...asked }: Asked, expected: Expected): Promise<Sent> {
    const query = asked.kind === 'any' ? '' : `?way=${asked.kind}`;
    const path = asked.kind === 'sync' ? '/orders/sync' : `/orders/async${query}`;
    const sent = await this.#send(path, basketOf(item), { 'idempotency-key': key });
    this.#keep(asked, sent, expected, item);
    return sent;
  }

  async #lookUp(name: string, orderId: string, basket: Basket): Promise<void> {
    const sent = await this.#fetch(`/orders/${orderId}`);
    const asked = { name: `look-up of ${name}`, kind: 'look-up', order_id: orderId } as const;
    this.answers.push({ ...asked, ...sent, basket, expected: order(LOOK_UP) });
  }

  async #untilEnded(orderId: string): Promise<void> {
    for (const end = Date.now() + ENDS_WITHIN_MS; Date.now() < end; await sleep(50)) {
      const { text } = await this.#fetch(`/orders/${orderId}`);
      if (!text.includes('"status":"pending"')) return;
    }
    throw new Error(`${orderId} is still pending after ${ENDS_WITHIN_MS} ms`);
  }

  #keep(
    asked: Pick<RecordedAnswer, 'name' | 'kind'>,
    sent: Sent,
    expected: Expected,
    item?: string,
  ) {
    this.answers.push({ ...asked, ...sent, basket: basketOf(item), expected });
  }

  #send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Sent> {
    return this.#fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  async #fetch(path: string, init?: RequestInit): Promise<Sent> {
    const response = await fetch(`${this.#api}${path}`, init);
    const headers = Object.fromEntries(response.headers);
    return { status: response.status, text: await response.text(), headers };
  }
}

/** The id of an order, or of the one that a problem has. */
function idIn(text: string): string {
  const body = parseJson(text);
  const found = isObject(body) && isObject(body.order) ? body.order : body;
  return String(isObject(found) ? found.order_id : '');
}
