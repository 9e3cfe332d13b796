import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stockListSchema } from '../../contracts/stock.ts';
import { dynamoClient } from '../../lib/adapters/dynamoClient.ts';
import { toItem } from '../../lib/adapters/dynamoItem.ts';
import { dynamoStockStore } from '../../lib/adapters/dynamoStockStore.ts';
import type { Order } from '../../lib/domain/order.ts';
import { holderOf, rowId } from '../../lib/domain/stock.ts';
import { UnitStock } from '../../lib/domain/unitStock.ts';
import { systemClock } from '../../lib/platform/clock.ts';
import { startDynalite } from '../../lib/testing/startDynalite.ts';
import { anOrder } from '../../lib/testing/world.ts';
import type { CommandContext } from '../commandLine.ts';
import type { Stage } from '../stage.ts';
import { listStock, setStock } from './stock.ts';
import { readStockBooks } from './stockBooks.ts';
import { stockCommand } from './stockCommand.ts';
import { STOCK_RULES } from './stockRules.ts';
import { StockTable } from './stockTable.ts';

/** Everything is of so long ago that every environment and the sweeper know it, or of a moment ago. */
const LEASE_MS = 25_000;
const LONG_AGO_MS = 3_600_000;
const LIMIT = 50;

function started() {
  let client: DynamoDBClient;
  let close: () => Promise<void>;
  const all = {} as {
    stage: Stage;
    table: StockTable;
    stock: UnitStock;
    limited: UnitStock;
  };
  beforeEach(async () => {
    const dynalite = await startDynalite();
    close = dynalite.close;
    client = new DynamoDBClient(dynalite.sdk);
    all.stage = {
      name: 'test',
      outputs: { StockTableName: 'stock', OrdersTableName: 'orders' },
      clients: { dynamodb: client },
    } as Stage;
    all.table = new StockTable(all.stage);
    const store = dynamoStockStore(dynamoClient(dynalite.access), 'stock');
    all.stock = new UnitStock({ store, clock: systemClock });
    all.limited = new UnitStock({ store, clock: systemClock, perCustomer: LIMIT });
  });
  afterEach(async () => {
    client.destroy();
    await close();
  });
  const set = (units: number, isDryRun = false) =>
    setStock(all.table, 'lamp', units, {
      ...{ isDryRun, onProgress: () => {} },
      signal: new AbortController().signal,
    });
  const put = (TableName: string, row: object) =>
    client.send(new PutItemCommand({ TableName, Item: toItem(row) }));
  /** An order with its units, as it stands in the table once it has ended so. */
  async function order(
    quantity: number,
    status: Order['status'] = 'pending',
    stock = all.stock,
  ): Promise<Order> {
    const items = [{ item_id: 'lamp', name: 'Lamp', price: 1, quantity }];
    const taken = anOrder({ nowMs: Date.now(), request: { customer_id: 7, items } });
    const held = await stock.hold(taken);
    const ended = { ...taken, held, status };
    await put('orders', ended);
    if (status !== 'pending') await all.stock.settle(ended);
    return ended;
  }
  const change = (row_id: string, UpdateExpression: string, values: object, names = {}) =>
    client.send(
      new UpdateItemCommand({
        ...{ TableName: 'stock', Key: toItem({ row_id }), UpdateExpression },
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: toItem(values) }),
        ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
      }),
    );
  return { all, set, order, change, put };
}

describe('sls stock', () => {
  const { all, set, order } = started();
  const lamp = async () => (await listStock(all.table)).find(({ item_id }) => item_id === 'lamp');

  it('gives an item a stock, in rows of ten, and again without a change', async () => {
    expect(await set(25)).toMatchObject({ before: 0, after: 25, rowsMade: 3, rowsChanged: 0 });
    expect(await set(25)).toMatchObject({ before: 25, after: 25, rowsMade: 0, rowsChanged: 0 });
    expect(await lamp()).toEqual({
      ...{ item_id: 'lamp', stock: 25, free: 25, held: 0, sold: 0 },
      ...{ first_held_at: null, last_held_at: null, sold_out_since: null },
    });
  });

  it('shows what it would do, and does nothing', async () => {
    expect(await set(25, true)).toMatchObject({ rowsMade: 3, applied: false });
    expect(await lamp()).toBeUndefined();
  });

  it('counts what is held, sold and free, and says since when it is sold out', async () => {
    await set(6);
    await order(1, 'completed');
    await order(2, 'declined');
    await order(5);

    expect(await lamp()).toMatchObject({ stock: 6, free: 0, held: 5, sold: 1 });
    const { last_held_at, sold_out_since } = (await lamp()) ?? {};
    expect(Date.parse(sold_out_since ?? '')).toBeLessThanOrEqual(Date.now());
    expect(sold_out_since).toBe(last_held_at);
  });

  it('raises a stock while units are held, and what is new is for sale', async () => {
    await set(3);
    await order(3);
    expect(await set(15)).toMatchObject({ before: 3, rowsMade: 1, rowsChanged: 1 });

    await order(10);
    expect(await lamp()).toMatchObject({ stock: 15, free: 2, held: 13 });
  });

  it('lowers a stock to what is held or sold, and says so below that', async () => {
    await set(30);
    await order(2, 'completed');
    await order(3);

    await expect(set(4)).rejects.toThrow(
      'lamp: 3 of its units are held and 2 sold, so its stock cannot be lower than 5, got 4',
    );
    await set(5);
    expect(await lamp()).toMatchObject({ stock: 5, free: 0, held: 3, sold: 2 });
    expect((await readStockBooks(all.stage, TIMES)).violations).toEqual([]);
  });
});

describe('the command line of sls stock', () => {
  const { all, order } = started();
  /** On a stage of this machine, where nobody is asked. */
  async function run(words: string[], options: CommandContext['options'] = {}) {
    const printed: string[] = [];
    const context = {
      ...{ words, options, print: (text: string) => printed.push(text), progress: () => {} },
      signal: new AbortController().signal,
    } as unknown as CommandContext;
    const local = { ...all.stage, runtime: {} } as Stage;
    const status = await (await stockCommand(context))(local);
    expect(status).toBe(0);
    return printed.join('\n');
  }

  it('sets and lists, for people and as one document', async () => {
    expect(await run(['list'])).toContain('sls stock set ITEM N');
    expect(await run(['set', 'lamp', '25'])).toBe(
      'lamp now has 25 units, before 0: 3 rows made, 0 changed',
    );
    await order(25);

    const { items } = stockListSchema.parse(JSON.parse(await run([], { json: true })));
    expect(items).toMatchObject([{ item_id: 'lamp', stock: 25, free: 0, held: 25, sold: 0 }]);
    const [header, line] = (await run(['list'])).split('\n');
    expect(header).toMatch(/^item +stock +free +held +sold +sold out since$/);
    expect(line).toMatch(/^lamp +25 +0 +25 +0 +20\d\d-/);
  });

  it('says what it would do, as a document too', async () => {
    const plan = JSON.parse(await run(['set', 'lamp', '7'], { json: true, 'dry-run': true }));
    expect(plan).toMatchObject({ item_id: 'lamp', before: 0, after: 7, applied: false });
    expect(await listStock(all.table)).toEqual([]);
  });

  it.each([
    [['sell'], 'must be followed by "list" or by "set ITEM N", got "sell"'],
    [['set', 'lamp', '-1'], 'N (units): must be a whole number from 0 to 10000000'],
    [['set', 'x'.repeat(65), '1'], 'ITEM: must be at most 64 characters long, got 65'],
  ])('refuses %j', async (words, fault) => {
    await expect(run(words)).rejects.toThrow(fault);
  });
});

const TIMES = { leaseMs: LEASE_MS, now: Date.now, pause: async () => {} };

describe('the books of a stock', () => {
  const { all, set, order, change, put } = started();
  const later = { ...TIMES, now: () => Date.now() + LONG_AGO_MS };
  const violations = async (times = later) => (await readStockBooks(all.stage, times)).violations;
  /** Since so long that an order has to have its units. */
  const known = async () => {
    const item = await all.table.item('lamp');
    if (item !== undefined) await all.table.declare({ ...item, since: '2026-01-01T00:00:00.000Z' });
  };
  const firstRow = rowId('lamp', 0);

  it('close, with what every order has', async () => {
    await set(10);
    await known();
    await order(3, 'completed');
    await order(2, 'declined');
    await order(1, 'cancelled');
    await order(4);

    expect(await readStockBooks(all.stage, later)).toEqual({
      totals: [{ item_id: 'lamp', stock: 10, free: 3, held: 4, sold: 3 }],
      violations: [],
    });
  });

  it('name a row that does not add up', async () => {
    await set(10);
    await change(firstRow, 'ADD #free :one', { ':one': 1 }, { '#free': 'free' });
    expect(await violations()).toEqual([
      {
        ...{ rule: STOCK_RULES.rows, orderId: '' },
        detail: `${firstRow} does not add up: 11 free and 0 held or sold of 10`,
      },
    ]);
  });

  it('name a row that more are sold of than it has', async () => {
    await set(2);
    await order(2, 'completed');
    const other = await order0(3);
    expect((await violations()).map(({ rule }) => rule)).toContain(STOCK_RULES.rows);
    expect(other.status).toBe('completed');
  });

  it('name units of a declined order, and of one that is not there, once they should be free', async () => {
    await set(10);
    const declined = await order(2);
    await put('orders', { ...declined, status: 'declined' });
    const lost = anOrder({ request: request(3) });
    await all.stock.hold(lost);

    expect(await violations(TIMES)).toEqual([]);
    expect(await violations()).toEqual(
      expect.arrayContaining([
        {
          ...{ rule: STOCK_RULES.holders, orderId: declined.order_id },
          detail: `it has 2 of ${firstRow}, and it is declined`,
        },
        {
          ...{ rule: STOCK_RULES.holders, orderId: lost.order_id },
          detail: `it has 3 of ${firstRow}, and there is no order of that request`,
        },
      ]),
    );
  });

  it('name units that are sold to an order that did not complete', async () => {
    await set(10);
    const sold = await order(2, 'completed');
    await put('orders', { ...sold, status: 'declined' });
    expect(await violations(TIMES)).toMatchObject([
      { rule: STOCK_RULES.holders, orderId: sold.order_id },
    ]);
  });

  it('name a completed order without its units, with too few, and with those of another', async () => {
    await set(10);
    await known();
    const without = anOrder({ nowMs: Date.now(), request: request(1) });
    await put('orders', { ...without, status: 'completed' });
    const few = await order(2, 'completed');
    await put('orders', { ...few, items: request(3).items });
    const taken = await order(2, 'completed');
    await change(firstRow, 'REMOVE #holder', {}, { '#holder': holderOf(taken) });
    await change(firstRow, 'ADD #free :two', { ':two': 2 }, { '#free': 'free' });

    const found = await violations();
    expect(new Set(found.map(({ rule, orderId }) => `${rule} ${orderId}`))).toEqual(
      new Set([without, few, taken].map(({ order_id }) => `${STOCK_RULES.orders} ${order_id}`)),
    );
  });

  it('name free units that nobody finds, and held ones that the sweeper does not find', async () => {
    await set(10);
    await order(2);
    await change(firstRow, 'REMOVE open_in, held_in', {});
    expect((await violations()).map(({ detail }) => detail)).toEqual([
      `${firstRow} has 8 free, and nobody finds them`,
      `${firstRow} has 2 held, and the sweeper does not find them`,
    ]);
  });

  it('name a customer who has more than the limit under which it was bought', async () => {
    await set(60);
    await known();
    const within = await order(LIMIT, 'completed', all.limited);
    expect(await violations()).toEqual([]);

    for (const { row_id, units } of within.held ?? []) {
      if (!row_id.startsWith('units/') || units === 0) continue;
      const limit = { ':limit': LIMIT - 1 };
      const names = { '#holder': holderOf(within), '#limit': 'limit' };
      await change(row_id, 'SET #holder.#limit = :limit', limit, names);
    }
    expect(await violations()).toEqual([
      {
        ...{ rule: STOCK_RULES.customers, orderId: '' },
        detail: `customer 7, lamp: has ${LIMIT}, and may have ${LIMIT - 1}`,
      },
    ]);
  });

  it('name an item whose rows have more or fewer units than it is to have', async () => {
    await set(10);
    const item = await all.table.item('lamp');
    if (item !== undefined) await all.table.declare({ ...item, stock: 20 });
    expect(await violations()).toMatchObject([{ rule: STOCK_RULES.rows }]);
  });

  const request = (quantity: number) => ({
    customer_id: 7,
    items: [{ item_id: 'lamp', name: 'Lamp', price: 1, quantity }],
  });

  /** Sold without asking whether any is left. */
  async function order0(units: number): Promise<Order> {
    const sold: Order = {
      ...anOrder({ nowMs: Date.now(), request: request(units) }),
      ...{ status: 'completed', held: [{ row_id: firstRow, units }] },
    };
    await put('orders', sold);
    await change(
      firstRow,
      'SET #holder = :hold ADD #free :less',
      { ':hold': { units, at: Date.now(), by: 7, sold: true }, ':less': -units },
      { '#holder': holderOf(sold), '#free': 'free' },
    );
    return sold;
  }
});
