import { describe, expect, it, jest } from '@jest/globals';
import { FakeClock } from '../testing/fakeClock.ts';
import { MemoryStock } from '../testing/memoryStock.ts';
import { anOrder } from '../testing/world.ts';
import { OrderError } from './errors.ts';
import type { Order } from './order.ts';
import { UnitStock } from './unitStock.ts';

function stocked(units: Record<string, number>, perCustomer?: number) {
  const store = new MemoryStock();
  for (const [itemId, count] of Object.entries(units)) store.set(itemId, count);
  const clock = new FakeClock();
  const environment = () => new UnitStock({ store, clock, perCustomer });
  return { store, clock, environment, stock: environment() };
}

const ask = (items: Record<string, number>): Order =>
  anOrder({
    request: {
      customer_id: 7,
      items: Object.entries(items).map(([item_id, quantity]) => ({
        ...{ item_id, name: item_id, price: 1, quantity },
      })),
    },
  });

const faultsOf = async (holding: Promise<unknown>) => {
  const error = await holding.catch((thrown: unknown) => thrown);
  return error instanceof OrderError ? error.faults : error;
};

const free = ({ rows }: MemoryStock) => [...rows.values()].reduce((sum, row) => sum + row.free, 0);

describe('a row of units', () => {
  it('is emptied and closed by one write', async () => {
    const { stock, store } = stocked({ lamp: 10 });
    const close = jest.spyOn(store, 'close');
    for (const units of [4, 4, 2]) await stock.hold(ask({ lamp: units }));

    expect([...store.rows.values()]).toMatchObject([{ free: 0, open_in: undefined }]);
    expect(close).not.toHaveBeenCalled();
  });

  it('is claimed all the same where it has more than this environment saw', async () => {
    const { stock, environment, store } = stocked({ lamp: 10 });
    const other = environment();
    const freed = ask({ lamp: 3 });
    const held = await other.hold(freed);
    await stock.hold(ask({ lamp: 5 }));
    await other.free(freed, held);

    expect(await stock.hold(ask({ lamp: 2 }))).toHaveLength(1);
    expect([...store.rows.values()]).toMatchObject([{ free: 3 }]);
    expect(store.faults()).toEqual([]);
  });
});

describe('a stock that has too little', () => {
  it('names each item that is short, what was asked, and whether unpaid orders hold any', async () => {
    const { stock, store } = stocked({ lamp: 4, chair: 3, table: 5 });
    const paid = ask({ chair: 2 });
    await stock.settle({ ...paid, held: await stock.hold(paid), status: 'completed' });
    await stock.hold(ask({ lamp: 2 }));

    expect(await faultsOf(stock.hold(ask({ table: 1, lamp: 3, chair: 3 })))).toMatchObject([
      { pointer: '#/items/1', item_id: 'lamp', asked: 3, may_come_back: true },
      { pointer: '#/items/2', item_id: 'chair', asked: 3, may_come_back: false },
    ]);
    expect(free(store)).toBe(2 + 1 + 5);
  });

  it('does not count on what the request itself had claimed', async () => {
    const { stock } = stocked({ lamp: 2 });

    expect(await faultsOf(stock.hold(ask({ lamp: 3 })))).toMatchObject([{ may_come_back: false }]);
  });

  it('sells what was freed elsewhere, however often an environment was told that there is none', async () => {
    const { stock, environment, clock } = stocked({ lamp: 1 });
    const other = environment();
    const first = ask({ lamp: 1 });
    const held = await other.hold(first);
    expect(await faultsOf(stock.hold(ask({ lamp: 1 })))).toMatchObject([{ may_come_back: true }]);

    await other.settle({ ...first, held, status: 'declined' });
    clock.advance(1_000);
    expect(await stock.hold(ask({ lamp: 1 }))).toHaveLength(1);
  });

  it('asks the customer row only for units that there may be', async () => {
    const { stock, store } = stocked({ lamp: 1 }, 2);
    await stock.hold(ask({ lamp: 1 }));
    await faultsOf(stock.hold(ask({ lamp: 1 })));
    const rows = structuredClone(store.rows);

    await faultsOf(stock.hold(ask({ lamp: 1 })));
    expect(store.rows).toEqual(rows);
  });
});
