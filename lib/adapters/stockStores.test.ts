import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StockStore } from '../domain/ports.ts';
import { customerRowId, holderOf, itemRowId, rowId, shardOf } from '../domain/stock.ts';
import { MemoryStock } from '../testing/memoryStock.ts';
import { startDynalite } from '../testing/startDynalite.ts';
import { anOrder } from '../testing/world.ts';
import { dynamoClient } from './dynamoClient.ts';
import { toItem } from './dynamoItem.ts';
import { dynamoStockStore } from './dynamoStockStore.ts';

let dynamo: StockStore;
let stop: () => Promise<void>;
const sdk: { client?: DynamoDBClient } = {};

beforeAll(async () => {
  const { sdk: settings, access, close } = await startDynalite();
  const client = dynamoClient(access);
  sdk.client = new DynamoDBClient(settings);
  dynamo = dynamoStockStore(client, 'stock');
  stop = async () => {
    client.destroy();
    sdk.client?.destroy();
    await close();
  };
});
afterAll(() => stop());

/** Each test has an item of its own. */
let items = 0;

async function inDynamo(item_id: string, units: number): Promise<StockStore> {
  const since = '2026-11-27T00:00:00.000Z';
  const row_id = rowId(item_id, 0);
  const place = shardOf(row_id, 1);
  const item = { row_id: itemRowId(item_id), item_id, stock: units, rows: 1, shards: 1, since };
  const row = { row_id, place, open_in: place, capacity: units, free: units };
  for (const Item of [item, row].map(toItem))
    await sdk.client?.send(new PutItemCommand({ TableName: 'stock', Item }));
  return dynamo;
}

async function inMemory(itemId: string, units: number): Promise<StockStore> {
  const stock = new MemoryStock();
  stock.set(itemId, units);
  return stock;
}

// The histories run on the stock in memory: it has to behave as the table does.
describe.each([
  ['in DynamoDB', inDynamo],
  ['in memory', inMemory],
])('a stock %s', (_, make) => {
  async function stocked(units = 10) {
    items += 1;
    const itemId = `item ${items}/#?`;
    const stock = await make(itemId, units);
    const row_id = rowId(itemId, 0);
    const shard = shardOf(row_id, 1);
    const claim = (holder: string, count: number, isLast = false) =>
      stock.claim({
        ...{ row_id, shard, holder, least: count, isCustomer: false, isLast },
        hold: { units: count, at: 1, by: 7 },
      });
    const listed = async (index: 'open' | 'held') =>
      (await stock.list(index, { shard, from: '!', to: '~', limit: 1000 })).includes(row_id);
    return { stock, row_id, claim, listed, itemId };
  }
  const holder = () => holderOf(anOrder());

  it('claims units once for a holder, who finds them again', async () => {
    const { stock, row_id, claim } = await stocked();
    const mine = holder();

    expect(await claim(mine, 3)).toEqual({ isHeld: true, free: 7 });
    expect(await claim(mine, 3)).toMatchObject({ isHeld: true, free: 7 });
    await expect(claim(mine, 2)).rejects.toThrow();

    const { free, capacity, holds } = (await stock.get(row_id)) ?? {};
    expect({ free, capacity, holds: [...(holds ?? [])] }).toEqual({
      ...{ free: 7, capacity: 10 },
      holds: [[mine, { units: 3, at: 1, by: 7 }]],
    });
  });

  it('refuses more than is free, and tells how many that is', async () => {
    const { claim } = await stocked(4);
    await claim(holder(), 3);

    const refused = await claim(holder(), 2);

    expect(refused).toMatchObject({ isHeld: false, free: 1, row: { capacity: 4 } });
  });

  it('refuses units of a row that is not there', async () => {
    const { stock } = await stocked();
    const claimed = await stock.claim({
      ...{ row_id: rowId('none', 0), shard: '0', holder: holder(), least: 1, isCustomer: false },
      hold: { units: 1, at: 1, by: 7 },
    });
    expect(claimed).toMatchObject({ isHeld: false, free: 0 });
  });

  it('frees what a holder has once, and lists the row again', async () => {
    const { stock, row_id, claim, listed } = await stocked(3);
    const mine = holder();
    await claim(mine, 3);
    await stock.close(row_id);
    expect(await listed('open')).toBe(false);

    expect(await stock.free(mine, { row_id, units: 2 })).toBe(false);
    expect(await stock.free(mine, { row_id, units: 3 })).toBe(true);
    expect(await stock.free(mine, { row_id, units: 3 })).toBe(false);

    expect(await stock.get(row_id)).toMatchObject({ free: 3 });
    expect(await listed('open')).toBe(true);
  });

  it('closes only a row that has none free', async () => {
    const { stock, row_id, claim, listed } = await stocked(3);
    await claim(holder(), 2);
    await stock.close(row_id);
    expect(await listed('open')).toBe(true);
  });

  it('closes a row with the claim of its last units, and refuses a claim that would leave some', async () => {
    const { claim, listed } = await stocked(3);
    expect(await claim(holder(), 2, true)).toMatchObject({ isHeld: false, free: 3 });
    expect(await listed('open')).toBe(true);
    await claim(holder(), 2);

    const last = holder();
    expect(await claim(last, 1, true)).toEqual({ isHeld: true, free: 0 });
    expect(await claim(last, 1, true)).toMatchObject({ isHeld: true, free: 0 });
    expect(await listed('open')).toBe(false);
  });

  it('never frees what is sold', async () => {
    const { stock, row_id, claim } = await stocked();
    const mine = holder();
    await claim(mine, 3);

    const before = await stock.sell(row_id, [{ holder: mine, units: 3 }]);
    expect(before).toMatchObject({ row_id, free: 7 });
    expect(before?.holds.get(mine)).not.toHaveProperty('sold');
    const again = await stock.sell(row_id, [{ holder: mine, units: 3 }]);
    expect(again?.holds.get(mine)).toMatchObject({ sold: true });
    expect(await stock.free(mine, { row_id, units: 3 })).toBe(false);

    expect((await stock.get(row_id))?.holds.get(mine)).toMatchObject({ units: 3, sold: true });
  });

  it('sells what several have in a row by one write, or nothing', async () => {
    const { stock, row_id, claim } = await stocked();
    const [one, two, stranger] = [holder(), holder(), holder()];
    await claim(one, 3);
    await claim(two, 2);
    const sell = (...holders: [string, number][]) =>
      stock.sell(
        row_id,
        holders.map(([who, units]) => ({ holder: who, units })),
      );
    const sold = async () =>
      [...((await stock.get(row_id))?.holds.values() ?? [])].map((hold) => hold.sold ?? false);

    expect(await sell([one, 3], [two, 2], [stranger, 1])).toBeUndefined();
    expect(await sell([one, 3], [two, 1])).toBeUndefined();
    expect(await sold()).toEqual([false, false]);

    expect((await sell([one, 3], [two, 2]))?.holds.size).toBe(2);
    expect(await sold()).toEqual([true, true]);
  });

  it('takes a row out of the held ones only as it was read', async () => {
    const { stock, row_id, claim, listed } = await stocked();
    expect(await listed('held')).toBe(false);
    await claim(holder(), 3);
    const read = await stock.get(row_id);
    await claim(holder(), 1);
    if (read === undefined) throw new Error('there is no row');

    await stock.rest(read);
    expect(await listed('held')).toBe(true);
    await stock.rest({ ...read, free: 6 });
    expect(await listed('held')).toBe(false);
  });

  it('counts for a customer down to the limit', async () => {
    const { stock, itemId } = await stocked();
    const row_id = customerRowId(items, itemId);
    const count = (who: string, units: number) =>
      stock.claim({
        ...{ row_id, shard: '3', holder: who, least: units - 2, isCustomer: true },
        hold: { units, at: 1, by: 7 },
      });
    const first = holder();

    expect(await count(first, 2)).toEqual({ isHeld: true, free: -2 });
    expect(await count(first, 2)).toMatchObject({ isHeld: true });
    expect(await count(holder(), 1)).toMatchObject({ isHeld: false, row: { free: -2 } });
    expect(await stock.free(first, { row_id, units: 2 })).toBe(true);
    expect(await count(holder(), 1)).toMatchObject({ isHeld: true, free: -1 });
  });

  it('has an item that was given a stock, and no other', async () => {
    const { stock, itemId } = await stocked(5);
    expect(await stock.item('none')).toBeUndefined();
    expect(await stock.item(itemId)).toMatchObject({ stock: 5, rows: 1, shards: 1 });
  });
});
