import { expect, it, jest } from '@jest/globals';
import { MemoryStock } from '../testing/memoryStock.ts';
import { rowId } from './stock.ts';
import { UnitSales } from './unitSales.ts';

const ROW = rowId('lamp', 0);

/** A row of ten units, all of them held, one by each of ten holders. */
async function held() {
  const store = new MemoryStock();
  store.set('lamp', 10);
  const holders = Array.from({ length: 10 }, (_, number) => `ord_${number}`);
  for (const holder of holders)
    await store.claim({
      ...{ row_id: ROW, shard: '0', holder, least: 1, isCustomer: false },
      hold: { units: 1, at: 1, by: 7 },
    });
  const write = jest.spyOn(store, 'sell');
  const sales = new UnitSales(store);
  const sell = (holder = '') => sales.sell(ROW, { holder, units: 1 });
  return { store, holders, write, sell };
}

it('the orders that end while a row is written to are sold together by the next write', async () => {
  const { store, holders, write, sell } = await held();
  const [first, ...others] = holders;

  const sale = sell(first);
  await Promise.resolve();
  const results = await Promise.all([sale, ...others.map(sell)]);

  expect(results).toEqual(holders.map(() => true));
  expect(write.mock.calls.map(([, holdings]) => holdings.length)).toEqual([1, 9]);
  expect(store.rows.get(ROW)).toMatchObject({ held_in: undefined });
});

it('one that has lost its units keeps none of the others from being sold', async () => {
  const { store, holders, sell } = await held();
  const [lost = ''] = holders;
  await store.free(lost, { row_id: ROW, units: 1 });

  expect(await Promise.all(holders.map(sell))).toEqual(holders.map((holder) => holder !== lost));
});

it('units are sold once, however often a holder asks', async () => {
  const { holders, sell } = await held();
  const [first, other] = holders;

  const together = await Promise.all([sell(first), sell(first), sell(other)]);

  expect(together).toEqual([true, false, true]);
  expect(await sell(first)).toBe(false);
});

it('a write that fails is told to all that it was for, and to nobody after them', async () => {
  const { holders, write, sell } = await held();
  const [first, second, third] = holders;
  write.mockRejectedValueOnce(new Error('no answer'));

  const failed = await Promise.allSettled([sell(first), sell(second)]);

  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await Promise.all([sell(first), sell(second), sell(third)])).toEqual([true, true, true]);
});
