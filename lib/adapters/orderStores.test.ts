import type { BatchGetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Order, Status } from '../domain/order.ts';
import type { OrderStore } from '../domain/ports.ts';
import { MemoryOrderStore } from '../testing/memory.ts';
import { startDynalite } from '../testing/startDynalite.ts';
import { anOrder, aSyncOrder } from '../testing/world.ts';
import { type DynamoClient, dynamoClient } from './dynamoClient.ts';
import { fromItem } from './dynamoItem.ts';
import { dynamoOrderStore } from './dynamoOrderStore.ts';

let dynamo: OrderStore;
let together: OrderStore;
let client: DynamoClient;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { access, close } = await startDynalite();
  client = dynamoClient(access);
  dynamo = dynamoOrderStore(client, 'orders');
  together = dynamoOrderStore(client, 'orders', { readsTogether: true });
  stop = async () => {
    client.destroy();
    await close();
  };
});
afterAll(() => stop());

const CANCELLED = { status: 'cancelled', cancel_reason: 'publish_failed' } as const;
/** What the index has of an order. */
const indexed = ({ order_id, open_shard, sweep_at, accepted_at, way }: Order) => ({
  order_id,
  open_shard,
  sweep_at,
  accepted_at,
  way,
});

interface OpenStore {
  store: OrderStore;
  /** A row as it is, order or not. */
  row: (orderId: string) => Promise<unknown>;
}

function openMemory(): OpenStore {
  const store = new MemoryOrderStore();
  return { store, row: async (orderId) => store.orders.get(orderId) };
}

async function rowInTable(orderId: string): Promise<unknown> {
  const Key = { order_id: { S: orderId } };
  const { Item = {} } = await client.call('GetItem', { TableName: 'orders', Key });
  return fromItem(Item);
}

const FAR = '9999-01-01T00:00:00.000Z';

// The tests of the rules run on the store in memory: it has to behave as the table does.
describe.each<[string, () => OpenStore]>([
  ['in DynamoDB', () => ({ store: dynamo, row: rowInTable })],
  ['in DynamoDB, read together', () => ({ store: together, row: rowInTable })],
  ['in memory', () => openMemory()],
])('an order store %s', (_, open) => {
  it('gives back an order as it was put, and nothing for an unknown id', async () => {
    const { store } = open();
    const order = aSyncOrder();

    expect(await store.create(order)).toEqual(order);
    for (const get of [store.get, store.getLagging].map((read) => read.bind(store))) {
      expect(await get(order.order_id)).toEqual(order);
      expect(await get(anOrder().order_id)).toBeUndefined();
    }
  });

  it('gives back no row that is not an order, but shows it to the sweeper', async () => {
    const { store, row } = open();
    const order = anOrder({ sweepAtMs: 1 });
    const odd = { ...order, total_cents: -5, open_shard: `odd ${order.order_id}` };
    await store.create(odd);

    await expect(store.get(odd.order_id)).rejects.toThrow('not an order: total_cents');
    await expect(store.create(odd)).rejects.toThrow('not an order: total_cents');
    expect(await store.findDue(odd.open_shard, FAR, 10)).toEqual([indexed(odd)]);
    await store.noteFailure({ order_id: odd.order_id }, 'then', 'a reason');
    expect(await row(odd.order_id)).toMatchObject({ attempts: 1 });
  });

  it('notes the cause on a row whose state is none that there is, and makes no row of a note', async () => {
    const { store, row } = open();
    const [odd, none] = [anOrder({ sweepAtMs: 1 }), anOrder()];
    await store.create({ ...odd, status: 'paid' as Status, open_shard: 'paid' });
    for (const { order_id } of [odd, none]) await store.noteFailure({ order_id }, 'then', 'why');
    expect(await row(odd.order_id)).toMatchObject({ last_error: { cause: 'why' } });
    expect(await store.get(none.order_id)).toBeUndefined();
  });

  it('puts one of two orders with the same id, and shows it to the other', async () => {
    const { store } = open();
    const [first, second] = [anOrder({ idempotencyKey: 'k' }), anOrder({ idempotencyKey: 'k' })];

    const standing = await Promise.all([store.create(first), store.create(second)]);

    expect(standing[0]).toEqual(standing[1]);
  });

  it('keeps the first promise on a pending order, and shows it to the other', async () => {
    const { store } = open();
    const order = anOrder();
    await store.create(order);

    const standing = await Promise.all([
      store.settlePledge(order, 'given'),
      store.settlePledge(order, 'withdrawn'),
    ]);

    expect(standing[0]).toEqual(standing[1]);
    expect(await store.get(order.order_id)).toEqual(standing[0]);
  });

  it('writes no promise on an order that has ended, or under another revision', async () => {
    const { store } = open();
    const order = anOrder();
    await store.create(order);

    expect(await store.settlePledge({ ...order, revision: 2 }, 'given')).toEqual(order);
    await store.finish(order, CANCELLED);
    expect(await store.settlePledge(order, 'given')).toMatchObject(CANCELLED);
  });

  it('ends a pending order once, and takes it out of the index of open orders', async () => {
    const { store } = open();
    const order = aSyncOrder();
    await store.create(order);

    const ends = await Promise.all([
      store.finish(order, CANCELLED),
      store.finish(order, CANCELLED),
    ]);

    expect(ends.toSorted()).toEqual([false, true]);
    const { open_shard: _shard, sweep_at: _at, lease_until: _lease, ...closed } = order;
    expect(await store.get(order.order_id)).toEqual({ ...closed, ...CANCELLED });
  });

  it('revives a cancelled order once, and only by its next revision', async () => {
    const { store } = open();
    const order = anOrder();
    await store.create(order);
    const next = { ...order, revision: 2, attempt_id: 'next' };
    expect(await store.revive(next)).toEqual(order);
    await store.finish(order, CANCELLED);

    expect((await store.revive({ ...next, revision: 3 })).status).toBe('cancelled');
    expect(await store.revive(next)).toEqual(next);
    expect(await store.revive({ ...next, attempt_id: 'other' })).toEqual(next);
    expect(await store.finish(order, CANCELLED)).toBe(false);
  });

  it('notes failures on a pending order only', async () => {
    const { store } = open();
    const order = anOrder();
    await store.create(order);

    await store.noteFailure(order, 'then', 'a reason');
    await store.noteFailure((await store.get(order.order_id)) ?? order, 'now', 'another');
    await store.finish(order, CANCELLED);
    await store.noteFailure(order, 'too late', 'a third');

    expect(await store.get(order.order_id)).toMatchObject({
      attempts: 2,
      last_error: { at: 'now', cause: 'another' },
      earlier_errors: [{ at: 'then', cause: 'a reason' }],
    });
  });

  it('keeps the causes of the ten newest failures', async () => {
    const { store } = open();
    const order = anOrder();
    await store.create(order);

    for (let attempt = 1; attempt <= 12; attempt += 1)
      await store.noteFailure((await store.get(order.order_id)) ?? order, 'then', `${attempt}`);

    const { attempts, last_error, earlier_errors } = (await store.get(order.order_id)) ?? {};
    expect([attempts, last_error?.cause]).toEqual([12, '12']);
    expect(earlier_errors?.map(({ cause }) => cause).join()).toBe('11,10,9,8,7,6,5,4,3');
  });

  it('lets one of two sweeps postpone an order', async () => {
    const { store } = open();
    const order = anOrder();
    await store.create(order);

    const won = await Promise.all([store.postpone(order, FAR), store.postpone(order, FAR)]);

    expect(won.toSorted()).toEqual([false, true]);
    expect(await store.get(order.order_id)).toEqual({ ...order, sweep_at: FAR });
  });

  it('finds open orders that are due, the longest due first, up to the limit', async () => {
    const { store } = open();
    const at = (sweepAtMs: number) => ({ ...anOrder({ sweepAtMs }), open_shard: 'test' });
    const [late, early, middle, notDue] = [at(3), at(1), at(2), at(1_000)];
    for (const order of [late, early, middle, notDue]) await store.create(order);
    await store.finish(middle, CANCELLED);

    const dueBy = '1970-01-01T00:00:00.500Z';
    expect(await store.findDue('test', dueBy, 10)).toEqual([early, late].map(indexed));
    expect(await store.findDue('test', dueBy, 1)).toEqual([indexed(early)]);
    expect(await store.findDue('test', dueBy, 1, early)).toEqual([indexed(late)]);
    expect(await store.findDue('test', dueBy, 1, late)).toEqual([]);
    await store.finish(early, CANCELLED);
    await store.finish(late, CANCELLED);
  });
});

describe('orders that are read together', () => {
  const idsOf = (orders: Order[]) => orders.map(({ order_id }) => order_id);
  const putAll = (orders: Order[]) => Promise.all(orders.map((order) => dynamo.create(order)));
  /** The store over a client whose batches `change` answers, and what it calls. */
  function watched(change: (output: BatchGetItemCommandOutput) => void = () => {}) {
    const called: string[] = [];
    const call: DynamoClient['call'] = async (operation, input) => {
      called.push(operation);
      const output = await client.call(operation, input);
      if (operation === 'BatchGetItem') change(output as BatchGetItemCommandOutput);
      return output;
    };
    const store = dynamoOrderStore({ ...client, call }, 'orders', { readsTogether: true });
    return { called, read: (ids: string[]) => Promise.allSettled(ids.map((id) => store.get(id))) };
  }
  const found = (value: Order) => ({ status: 'fulfilled', value });
  const failed = (reason: string) => ({
    status: 'rejected',
    reason: { message: expect.stringContaining(reason) },
  });

  it('are read in one call, each once, where they are asked for in one turn', async () => {
    const orders = [anOrder(), aSyncOrder()];
    await putAll(orders);
    const { called, read } = watched();

    const asked = [...orders, ...orders];
    expect(await read(idsOf(asked))).toEqual(asked.map(found));
    expect(await read(idsOf(orders.slice(1)))).toEqual(orders.slice(1).map(found));
    expect(called).toEqual(['BatchGetItem', 'GetItem']);
  });

  it('are read by themselves where the call leaves them out, or are beyond what it takes', async () => {
    const orders = Array.from({ length: 101 }, () => anOrder());
    await putAll(orders);
    const { called, read } = watched(({ Responses }) => void Responses?.orders?.pop());

    expect(await read(idsOf(orders))).toEqual(orders.map(found));
    expect(called).toEqual(['BatchGetItem', 'GetItem', 'GetItem']);
  });

  it('fail by themselves where a row is no order, and together where the call fails', async () => {
    const [order, odd] = [anOrder(), { ...anOrder(), total_cents: -5 }];
    await putAll([order]);
    await dynamo.create(odd);
    const ids = idsOf([order, odd]);
    const { read } = watched();
    const { read: readInVain } = watched(() => {
      throw new Error('no answer');
    });

    expect(await read(ids)).toMatchObject([found(order), failed('total_cents')]);
    expect(await readInVain(ids)).toMatchObject([failed('no answer'), failed('no answer')]);
  });
});
