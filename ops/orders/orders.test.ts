import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toItem } from '../../lib/adapters/dynamoItem.ts';
import type { Order } from '../../lib/domain/order.ts';
import { publicView } from '../../lib/domain/orderPromise.ts';
import { anOrder } from '../../lib/testing/world.ts';
import { type PlantedStage, startPlantedStage } from '../testing/plantedStage.ts';
import { runCommand } from '../testing/runCommand.ts';
import { ordersCommand } from './ordersCommand.ts';

let planted: PlantedStage;
let folder: string;
const paid: Order = {
  ...anOrder(),
  ...{ status: 'completed', completed_at: '2026-11-27T12:00:03.000Z', payment_id: 'pi_1' },
  items: [{ item_id: 'sku-1', name: 'Lamp, "red"', price: 19.99, quantity: 3 }],
};
const pending = anOrder();

beforeAll(async () => {
  planted = await startPlantedStage();
  folder = mkdtempSync(path.join(tmpdir(), 'orders-'));
  const ready = { ...planted.stage.runtime, outputs: planted.stage.outputs };
  writeFileSync(path.join(folder, 'ready.json'), JSON.stringify(ready));
  for (const order of [paid, pending]) await planted.putOrder(toItem(order));
});
afterAll(async () => {
  await planted.stop();
  rmSync(folder, { recursive: true });
});

const run = (options: Record<string, string> = {}, words = ['export']) =>
  runCommand(ordersCommand, { 'ready-file': path.join(folder, 'ready.json'), ...options }, words);

describe('sls orders export', () => {
  it('prints each order as its buyer sees it, one JSON document a line', async () => {
    const { exitCode, printed, told } = await run();
    const orders = printed.split('\n').map((line) => JSON.parse(line));

    expect({ exitCode, told }).toEqual({ exitCode: 0, told: '2 orders exported' });
    expect(orders).toHaveLength(2);
    expect(orders).toEqual(expect.arrayContaining([publicView(paid), publicView(pending)]));
  });

  it('prints a table of one status, with what needs it in quotes', async () => {
    const { printed } = await run({ format: 'csv', status: 'completed' });

    expect(printed.split('\n')).toEqual([
      'order_id,customer_id,status,way,total_cents,created_at,completed_at,payment_id,decline_reason,cancel_reason,items',
      `${paid.order_id},7,completed,queued,${paid.total_cents},${paid.created_at},${paid.completed_at},pi_1,,,` +
        '"[{""item_id"":""sku-1"",""name"":""Lamp, \\""red\\"""",""price"":19.99,""quantity"":3}]"',
    ]);
  });

  it('says that a row was left out which is no order', async () => {
    await planted.putOrder({ order_id: 'ord_x' });
    expect(await run({ status: 'declined' })).toMatchObject({
      exitCode: 1,
      printed: '',
      told: '0 orders exported; 1 row that is no order left out',
    });
  });

  it.each([
    [{ format: 'xml' }, ['export'], '--format: must be jsonl, csv, got "xml"'],
    [
      { status: 'paid' },
      ['export'],
      '--status: must be pending, completed, declined, cancelled, got "paid"',
    ],
    [{}, ['list'], 'sls orders: must be followed by export, got "list"'],
  ])('refuses %j after %j in a line that says the rule', async (options, words, told) => {
    const refused = await run(options as Record<string, string>, words);
    expect(refused).toMatchObject({ exitCode: 2, told });
  });
});
