import { type MetricValue, readEmf } from '../../../common/emf.ts';
import { createOrderAsync } from '../../../functions/orderAsync.ts';
import { createOrderSweeper } from '../../../functions/orderSweeper.ts';
import { createOrderSync } from '../../../functions/orderSync.ts';
import { createQueueWorker } from '../../../functions/queueWorker.ts';
import { createTopicProcessor } from '../../../functions/topicProcessor.ts';
import { Breaker } from '../../../lib/domain/breaker.ts';
import { chargeOrder, type PayingDeps, paymentKey } from '../../../lib/domain/chargeOrder.ts';
import type { AsyncOrder, AsyncWay } from '../../../lib/domain/order.ts';
import { orderMessage } from '../../../lib/domain/orderMessage.ts';
import { sweepStock } from '../../../lib/domain/sweepStock.ts';
import { UnitStock } from '../../../lib/domain/unitStock.ts';
import { eventStack } from '../../../lib/platform/eventStack.ts';
import { orderStack } from '../../../lib/platform/httpStack.ts';
import { reportOrderEvent } from '../../../lib/platform/reportOrderEvent.ts';
import { captureLog, lambdaContext, postEvent } from '../../../lib/testing/lambda.ts';
import { MemoryBreakerStore } from '../../../lib/testing/memory.ts';
import { MemoryStock } from '../../../lib/testing/memoryStock.ts';
import {
  anAsyncOrder,
  aSyncOrder,
  failing,
  LEASE_MS,
  orderRequest,
  SALT,
  SWEEP_AFTER_MS,
  world,
} from '../../../lib/testing/world.ts';

type Deps = ReturnType<typeof world>['deps'];

const KEY = { headers: { 'idempotency-key': 'k' } };
const withItem = (item_id: string) => {
  const { items, ...request } = orderRequest();
  return { ...request, items: items.map((item) => ({ ...item, item_id })) };
};
const context = () => ({ ...lambdaContext(), getRemainingTimeInMillis: () => 50_000 });

/** Every metric that the functions write, read from their log after all that can happen to orders has happened. */
export async function writtenMetrics(): Promise<MetricValue[]> {
  const log = captureLog();
  await takeSyncOrders();
  for (const way of ['queued', 'direct'] as const) await takeAsyncOrders(way);
  await sweep();
  await sellOut();
  await meetOutage();
  return log.metricLines().flatMap((line) => readEmf(JSON.stringify(line)));
}

function reporting() {
  const all = world({ by_item: true });
  return { ...all, deps: { ...all.deps, report: reportOrderEvent } };
}

async function takeSyncOrders(): Promise<void> {
  const { deps, store, payments } = reporting();
  const post = orderStack(
    createOrderSync({ ...deps, salt: SALT, leaseMs: LEASE_MS }),
    () => 'sync',
  );
  await post(postEvent(orderRequest(), KEY), context());
  await post(postEvent(orderRequest(), KEY), context());
  await post(postEvent(withItem('fault-decline')), context());
  await post(postEvent(withItem('fault-before')), context());
  await post(postEvent('[]'), context());

  const charged = aSyncOrder();
  await store.create(charged);
  await payments.charge(paymentKey(charged), charged.total_cents);
  await eventStack(() => chargeOrder(deps, charged))({}, context());
}

async function takeAsyncOrders(way: AsyncWay): Promise<void> {
  const { deps, publisher } = reporting();
  const intake = (state: Deps) =>
    orderStack(
      createOrderAsync({
        ...state,
        salt: SALT,
        defaultWay: way,
        sweepAfterMs: SWEEP_AFTER_MS,
        missingFor: () => [],
      }),
      () => way,
    );
  const post = intake(deps);
  await post(postEvent(orderRequest(), KEY), context());
  await post(postEvent(orderRequest(), KEY), context());
  await post(postEvent(withItem('fault-decline')), context());
  await post(postEvent(withItem('fault-before')), context());
  await post(postEvent('[]'), context());
  const unheard = intake({ ...deps, publisher: failing(publisher, 'publish', 'before') });
  await unheard(postEvent(), context());

  // Twice, as at least once allows.
  for (const order of [...publisher.published, ...publisher.published]) {
    await processed(deps, order).catch(() => {});
  }
}

function processed(deps: PayingDeps, order: AsyncOrder): Promise<unknown> {
  const text = JSON.stringify(orderMessage(order, order.created_at));
  if (order.way === 'direct') {
    const event = { Records: [{ Sns: { Message: text } }] } as Parameters<
      ReturnType<typeof createTopicProcessor>
    >[0];
    return eventStack(createTopicProcessor(deps))(event, context());
  }
  const event = { Records: [{ messageId: 'm', body: text }] } as Parameters<
    ReturnType<typeof createQueueWorker>
  >[0];
  return eventStack(createQueueWorker(deps))(event, context());
}

/** Sweeps orders of every way, first while nothing answers. */
async function sweep(): Promise<void> {
  const { deps, store, clock, publisher, payments } = reporting();
  for (const order of [anAsyncOrder(), anAsyncOrder({ way: 'direct' }), aSyncOrder()]) {
    await store.create(order);
  }
  clock.advance(SWEEP_AFTER_MS);
  const down = {
    ...deps,
    publisher: failing(publisher, 'publish', 'before', 2),
    payments: failing(payments, 'lookup', 'before'),
  };
  for (const state of [down, deps]) {
    await eventStack(createOrderSweeper(state))({} as never, context());
    clock.advance(3_600_000);
  }
}

/** The breaker is open. */
async function meetOutage(): Promise<void> {
  const { deps, store, clock } = reporting();
  const rows = new MemoryBreakerStore();
  rows.row = { mode: 'open' };
  const breaker = new Breaker({ store: rows, clock, report: reportOrderEvent });
  for (const order of [anAsyncOrder(), anAsyncOrder({ way: 'direct' })]) {
    await store.create(order);
    await processed({ ...deps, breaker }, order);
  }
  await eventStack(createOrderSweeper({ ...deps, breaker }))({} as never, context());
}

/** The only unit of an item is held by an order that is lost, sold to another, and refused to a third. */
async function sellOut(): Promise<void> {
  const { deps, clock } = reporting();
  const { items, ...request } = orderRequest();
  const rows = new MemoryStock();
  for (const { item_id, quantity } of items) rows.set(item_id, quantity);
  const stock = new UnitStock({ store: rows, clock });
  const config = { salt: SALT, leaseMs: LEASE_MS };
  const post = orderStack(createOrderSync({ ...deps, stock, ...config }), () => 'sync');
  const sweepRows = () =>
    sweepStock({ ...deps, stockRows: rows, leaseMs: LEASE_MS }, Number.POSITIVE_INFINITY);
  const sweepStage = eventStack(createOrderSweeper({ ...deps, sweepStock: sweepRows }));
  await stock.hold(aSyncOrder());
  await post(postEvent({ ...request, items }), context());
  clock.advance(LEASE_MS);
  await sweepStage({} as never, context());
  clock.advance(LEASE_MS);
  await post(postEvent({ ...request, items }), context());
}
