import '../lib/testing/environment.ts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ScheduledEvent, SNSEvent, SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import type { PayingDeps } from '../lib/domain/chargeOrder.ts';
import type { AsyncOrder } from '../lib/domain/order.ts';
import { orderMessage } from '../lib/domain/orderMessage.ts';
import { eventStack } from '../lib/platform/eventStack.ts';
import { captureLog, lambdaContext } from '../lib/testing/lambda.ts';
import { anAsyncOrder, PAYMENT_MS, SWEEP_AFTER_MS, world } from '../lib/testing/world.ts';
import { createOrderSweeper } from './orderSweeper.ts';
import { createQueueWorker } from './queueWorker.ts';
import { createTopicProcessor } from './topicProcessor.ts';

let log: ReturnType<typeof captureLog>;
beforeEach(() => {
  log = captureLog();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const textOf = (order: AsyncOrder) => JSON.stringify(orderMessage(order, order.created_at));
const batch = (bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({ messageId: `m${index}`, body }) as SQSRecord),
});
const notification = (text: string) => ({ Records: [{ Sns: { Message: text } }] }) as SNSEvent;

const work = (deps: PayingDeps, event: SQSEvent) =>
  eventStack(createQueueWorker(deps))(event, lambdaContext());

async function placed(count: number) {
  const all = world();
  const orders = Array.from({ length: count }, () => anAsyncOrder());
  for (const order of orders) await all.store.create(order);
  return { ...all, orders };
}

describe('the queue worker', () => {
  it('pays a batch of ten in the time of one payment', async () => {
    const { deps, store, clock, orders } = await placed(10);
    const startedAt = clock.now();

    const response = await work(deps, batch(orders.map(textOf)));

    expect(response).toEqual({ batchItemFailures: [] });
    expect(clock.now() - startedAt).toBe(PAYMENT_MS);
    expect([...store.orders.values()].every(({ status }) => status === 'completed')).toBe(true);
  });

  it('hands back the records that failed, and only those', async () => {
    const { deps, orders } = await placed(2);
    const bodies = [...orders.map(textOf), 'poison', textOf(anAsyncOrder())];

    const { batchItemFailures } = await work(deps, batch(bodies));

    expect(batchItemFailures).toEqual([{ itemIdentifier: 'm2' }, { itemIdentifier: 'm3' }]);
  });

  it('hands back nothing that it did not receive, and everything that has not ended', async () => {
    const kind = fc.constantFrom('good', 'poison', 'unknown', 'twin');
    await fc.assert(
      fc.asyncProperty(fc.array(kind, { maxLength: 10 }), async (kinds) => {
        const { deps, store, orders } = await placed(kinds.length);
        const bodies = kinds.map((name, index) => {
          if (name === 'poison') return '{}';
          if (name === 'unknown') return textOf(anAsyncOrder());
          return textOf((name === 'twin' ? orders[0] : orders[index]) as AsyncOrder);
        });

        const response = await work(deps, batch(bodies));

        const failed = new Set(
          response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
        );
        for (const [index, body] of bodies.entries()) {
          const order = store.orders.get(JSON.parse(body).order_id ?? '');
          if (!failed.has(`m${index}`)) expect(order?.status).toBe('completed');
        }
        for (const id of failed) expect(Number(id.slice(1))).toBeLessThan(bodies.length);
      }),
      { numRuns: 50 },
    );
  });

  it('answers in time for a batch in which one record never gets an answer', async () => {
    const { deps, store, clock, orders, log: events } = await placed(10);
    const [stuck] = orders as [AsyncOrder];
    const get = store.get.bind(store);
    store.get = (id) => (id === stuck.order_id ? new Promise<never>(() => {}) : get(id));
    const startedAt = clock.now();

    const response = await work(deps, batch(orders.map(textOf)));

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    expect(clock.now() - startedAt).toBeLessThan(lambdaContext().getRemainingTimeInMillis());
    expect(events.count('attemptFailed')).toBe(1);
  });

  it.each([
    ['without an amount', { total_cents: undefined }, 'total_cents'],
    ['of less than nothing', { total_cents: -5 }, 'total_cents'],
    ['without a revision', { revision: undefined }, 'revision'],
    ['without a time', { accepted_at: undefined }, 'accepted_at'],
  ])('never charges a row %s, and leaves the cause on it', async (_, overrides, attribute) => {
    const { deps, store, book, orders } = await placed(2);
    const [odd, good] = orders as [AsyncOrder, AsyncOrder];
    store.orders.set(odd.order_id, { ...odd, ...overrides } as AsyncOrder);

    const response = await work(deps, batch(orders.map(textOf)));

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    expect([...book.charges.values()]).toMatchObject([{ order_id: good.order_id }]);
    expect(store.orders.get(odd.order_id)).toMatchObject({
      status: 'pending',
      attempts: 1,
      last_error: { cause: expect.stringContaining(`${attribute} missing or wrong`) },
    });
  });

  it('measures the size of its batch', async () => {
    const { deps } = world();

    await work(deps, batch(['poison', 'poison']));

    expect(log.sum('BatchSize')).toBe(2);
  });
});

describe('the topic processor', () => {
  it('pays the order of a notification', async () => {
    const { deps, store, orders } = await placed(1);

    await createTopicProcessor(deps)(notification(textOf(orders[0] as AsyncOrder)));

    expect([...store.orders.values()]).toMatchObject([{ status: 'completed' }]);
  });

  it('never charges a row that is no order', async () => {
    const { deps, store, book, orders } = await placed(1);
    const [odd] = orders as [AsyncOrder];
    store.orders.set(odd.order_id, { ...odd, total_cents: -5 });

    await expect(createTopicProcessor(deps)(notification(textOf(odd)))).rejects.toThrow(
      'what is stored is not an order: total_cents',
    );

    expect(book.charges.size).toBe(0);
  });

  it('throws what has to come again', async () => {
    const { deps } = world();

    await expect(createTopicProcessor(deps)(notification('poison'))).rejects.toThrow(
      'not an order message',
    );
  });
});

describe('the sweeper', () => {
  it('publishes what is due, unless its time is up', async () => {
    const { deps, publisher, clock } = await placed(3);
    clock.advance(SWEEP_AFTER_MS);
    const sweep = createOrderSweeper(deps);
    const late = { ...lambdaContext(), getRemainingTimeInMillis: () => 9_000 };

    await sweep({} as ScheduledEvent, late);
    expect(publisher.published).toHaveLength(0);
    await sweep({} as ScheduledEvent, { ...late, getRemainingTimeInMillis: () => 50_000 });
    expect(publisher.published).toHaveLength(3);
  });
});
