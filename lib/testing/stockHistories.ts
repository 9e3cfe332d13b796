import fc from 'fast-check';
import type { HeldUnits, Order } from '../domain/order.ts';
import type { StockStore } from '../domain/ports.ts';
import { holderOf, isRowOfUnits, itemOfRow, quantities, readHolder } from '../domain/stock.ts';
import type { UnitStock } from '../domain/unitStock.ts';
import { Chaos, FATES, type Fate, type Step, type StockChaos } from './chaos.ts';
import { MemoryStock } from './memoryStock.ts';

const STOCK: Record<string, number> = { lamp: 4, chair: 12 };
const LIMIT = 3;

const item = fc.record({
  item_id: fc.constantFrom('lamp', 'lamp', 'chair', 'without a stock'),
  name: fc.constant('A thing'),
  price: fc.constant(1),
  quantity: fc.integer({ min: 1, max: 3 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      key: fc.nat(5),
      way: fc.constantFrom('sync' as const, 'queued' as const),
      items: fc.array(item, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      pick: fc.nat(5),
      afterTicks: fc.nat(40),
      isLost: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'sweep' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      durationMs: fc.constantFrom(1_000, 15_000, 900_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'arrive' as const }) },
);
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 12,
});
const fates = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Fate>('ok') },
    { weight: 2, arbitrary: fc.constantFrom(...FATES) },
  ),
  { maxLength: 80 },
);

interface Service {
  rowsOf?: (rows: StockStore) => StockStore;
  stockOf?: (stock: UnitStock, rows: MemoryStock) => UnitStock;
}

/** Lives one history with a stock, and tells whatever does not add up: at each answer and at the end. */
async function live(
  moments: Step[][],
  plan: Fate[],
  hasLimit: boolean,
  { rowsOf = (rows) => rows, stockOf = (stock) => stock }: Service,
): Promise<string[]> {
  const rows = new MemoryStock();
  for (const [itemId, units] of Object.entries(STOCK)) rows.set(itemId, units);
  const stock: StockChaos = {
    rows: rowsOf(rows),
    perCustomer: hasLimit ? LIMIT : undefined,
    faults: { decline: 0.3 },
    stockOf: (right) => stockOf(right, rows),
  };
  const chaos = new Chaos([...plan], undefined, stock);
  const found: string[] = [];
  chaos.onTaken = (order) => found.push(...withoutUnits(rows, chaos, order));
  for (const steps of moments) await Promise.all(steps.map((one) => chaos.run(one)));
  const open = await chaos.settle();
  return [
    ...found,
    ...open.map(({ order_id }) => `still open: ${order_id}`),
    ...faultsAtEnd(rows, chaos, hasLimit),
  ];
}

/** A buyer who was told 202 or 200 has the units, unless the order has ended without a sale since. */
function withoutUnits(rows: MemoryStock, { world }: Chaos, { order_id }: Order): string[] {
  const order = world.store.orders.get(order_id);
  if (order === undefined || ['declined', 'cancelled'].includes(order.status)) return [];
  return [...quantities(order.items)]
    .filter(([itemId]) => itemId in STOCK)
    .filter(([itemId, asked]) => unitsIn(rows, itemId, holderOf(order)) !== asked)
    .map(([itemId]) => `${order.status}, but has not its ${itemId}: ${order_id}`);
}

const unitsIn = (rows: MemoryStock, itemId: string, holder: string): number =>
  [...rows.rows.values()]
    .filter(({ row_id }) => isRowOfUnits(row_id) && itemOfRow(row_id) === itemId)
    .reduce((sum, { holds }) => sum + (holds.get(holder)?.units ?? 0), 0);

function faultsAtEnd(rows: MemoryStock, chaos: Chaos, hasLimit: boolean): string[] {
  const orders = [...chaos.world.store.orders.values()];
  const completed = orders.filter(({ status }) => status === 'completed');
  const sold = (itemId: string, of = completed) =>
    of.reduce((sum, { items }) => sum + (quantities(items).get(itemId) ?? 0), 0);
  const holds = [...rows.rows.values()].flatMap((row) => [...row.holds]);
  const free = (itemId: string) =>
    [...rows.rows.values()]
      .filter(({ row_id }) => isRowOfUnits(row_id) && itemOfRow(row_id) === itemId)
      .reduce((sum, row) => sum + row.free, 0);
  const overLimit = [1, 2].filter((customer) =>
    Object.keys(STOCK).some(
      (itemId) =>
        sold(
          itemId,
          completed.filter(({ customer_id }) => customer_id === customer),
        ) > LIMIT,
    ),
  );
  return [
    ...rows.faults(),
    ...completed.flatMap((order) => withoutUnits(rows, chaos, order)),
    ...Object.entries(STOCK)
      .filter(([itemId, units]) => free(itemId) + sold(itemId) !== units)
      .map(
        ([itemId, units]) => `${itemId}: ${free(itemId)} free and ${sold(itemId)} sold of ${units}`,
      ),
    ...holds
      .filter(
        ([holder, { sold: isSold }]) =>
          !isSold || !completed.some((order) => holderOf(order) === holder),
      )
      .map(([holder]) => `units of no completed order: ${readHolder(holder).orderId}`),
    ...(hasLimit ? overLimit.map((customer) => `customer ${customer} has more than ${LIMIT}`) : []),
  ];
}

/** Throws with all that does not add up. */
export const addsUp = (service: Service = {}) =>
  fc.asyncProperty(history, fates, fc.boolean(), async (moments, plan, hasLimit) => {
    const found = await live(moments, plan, hasLimit, service);
    if (found.length > 0) throw new Error(found.join('\n'));
  });

/** Each is wrong in one place. */
export const WRONG: Record<string, Service> = {
  'counts down without a holder': {
    rowsOf: (rows) =>
      wrapped(rows as MemoryStock, {
        claim: async (claim) => {
          const row = (rows as MemoryStock).rows.get(claim.row_id);
          if (row === undefined || row.free < claim.least) return rows.claim(claim);
          row.free -= claim.hold.units;
          return { isHeld: true, free: row.free };
        },
      }),
  },
  'frees without a condition': {
    rowsOf: (rows) =>
      wrapped(rows as MemoryStock, {
        free: async (holder, held: HeldUnits) => {
          const row = (rows as MemoryStock).rows.get(held.row_id);
          row?.holds.delete(holder);
          if (row !== undefined) row.free += held.units;
          return true;
        },
      }),
  },
  'holds after the 202': {
    stockOf: (stock) =>
      new Proxy(stock, {
        get: (target, name) =>
          name === 'hold'
            ? async (order: Order) => {
                setTimeout(() => void target.hold(order).catch(() => {}), 0);
                return [];
              }
            : (...args: unknown[]) =>
                (Reflect.get(target, name) as (...a: unknown[]) => unknown).apply(target, args),
      }),
  },
};

const wrapped = (rows: MemoryStock, changed: Partial<StockStore>): StockStore =>
  new Proxy(rows, {
    get: (target, name) =>
      Reflect.get(changed, name) ??
      (Reflect.get(target, name) as (...a: unknown[]) => unknown).bind(target),
  });
