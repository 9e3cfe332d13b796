import type { Stage } from '../../ops/stage.ts';
import { listStock, setStock } from '../../ops/stock/stock.ts';
import { StockTable } from '../../ops/stock/stockTable.ts';
import type { Round } from './rounds.ts';

/** Gives the items of a round their units, beside those that earlier rounds have sold. */
export async function stockUp(stage: Stage, { unitsPerOrder = {}, orders }: Round): Promise<void> {
  for (const [itemId, share] of Object.entries(unitsPerOrder)) {
    const table = new StockTable(stage);
    const before = (await listStock(table)).find(({ item_id }) => item_id === itemId);
    const taken = (before?.sold ?? 0) + (before?.held ?? 0);
    await setStock(table, itemId, taken + Math.round(share * orders), {
      ...{ isDryRun: false, onProgress: () => {} },
      signal: new AbortController().signal,
    });
  }
}

/** Units that are held and not sold. */
export async function heldUnits(stage: Stage): Promise<number> {
  if (stage.outputs.StockTableName === '') return 0;
  const items = await listStock(new StockTable(stage));
  return items.reduce((sum, { held }) => sum + held, 0);
}
