import type { StockPanel } from '../../contracts/orderPanelsApi.ts';
import type { Hold } from '../../lib/domain/stock.ts';
import { countItem, rowsByItem } from '../../ops/stock/stock.ts';
import { StockTable } from '../../ops/stock/stockTable.ts';
import { json, type Route, route } from '../route.ts';
import type { OrderStage } from './orderStage.ts';

const MOST_POINTS = 120;
/** A large stock takes long to read, and is read less often. */
const LEAST_PAUSE_MS = 1000;
const PAUSE_FACTOR = 5;

/** The stock of every item, read when the page asks and the last reading is old enough. */
export function stockRoutes(stage: OrderStage): Route[] {
  let reading: Promise<StockPanel> | undefined;
  let isOldAtMs = 0;
  const read = async () => {
    const startedAtMs = Date.now();
    try {
      return await readStock(new StockTable(stage.get()));
    } finally {
      isOldAtMs = Date.now() + Math.max(LEAST_PAUSE_MS, PAUSE_FACTOR * (Date.now() - startedAtMs));
    }
  };
  return [
    route('GET', '/api/stock', {
      summary: 'What is free, held and sold of each item with a stock, and when it was taken',
      answers: 'Every item, with the units left after each moment at which some were taken',
      handle: async () => {
        if (reading === undefined || Date.now() >= isOldAtMs) {
          isOldAtMs = Number.POSITIVE_INFINITY;
          reading = read();
        }
        return json<StockPanel>(await reading);
      },
    }),
  ];
}

async function readStock(table: StockTable): Promise<StockPanel> {
  const { items, rows } = await table.read();
  const byItem = rowsByItem(rows);
  const shown = items.map((item) => {
    const own = byItem.get(item.item_id) ?? [];
    const counted = countItem(item, own);
    return {
      ...counted,
      fall: fallOf(
        counted.stock,
        own.flatMap((row) => [...row.holds.values()]),
      ),
    };
  });
  return { items: shown.sort((a, b) => (a.item_id < b.item_id ? -1 : 1)) };
}

/** The units left after each of those that are gone now was taken. */
export function fallOf(stock: number, holds: Hold[]): StockPanel['items'][number]['fall'] {
  let left = stock;
  const points = holds
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, units }) => {
      left -= units;
      return { at, left };
    });
  const step = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}
