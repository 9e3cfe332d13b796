import type { Phase } from '../../contracts/saleResults.ts';
import { listStock, setStock } from '../../ops/stock/stock.ts';
import { StockTable } from '../../ops/stock/stockTable.ts';
import { STOCKED_ITEM } from './locustProcess.ts';
import type { LoadPhase } from './phasePlan.ts';
import type { RunContext } from './runContext.ts';

type StockFigures = NonNullable<Phase['summary']['stock']>;

/** Gives the item of a phase its stock; what became of it is counted once the phase's books are closed. */
export async function openStock(
  { stage, signal, progress }: RunContext,
  { stock }: LoadPhase,
): Promise<{ count(phase: Phase): Promise<StockFigures> } | null> {
  if (stage === null || stock === undefined) return null;
  const table = new StockTable(stage);
  // On a stage that was here before, an earlier sale may have sold some of it.
  const before = (await listStock(table)).find(({ item_id }) => item_id === STOCKED_ITEM);
  const taken = (before?.sold ?? 0) + (before?.held ?? 0);
  const onProgress = (text: string) => progress.status(`Stock: ${text}`);
  await setStock(table, STOCKED_ITEM, taken + stock, { isDryRun: false, onProgress, signal });
  return {
    async count({ books, startedAt, summary }) {
      const booked = books?.stock?.find(({ item_id }) => item_id === STOCKED_ITEM);
      const holds = (await table.read()).rows.flatMap((row) => [...row.holds.values()]);
      const times = holds.map(({ at }) => at).filter((at) => at >= Date.parse(startedAt));
      const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
      return {
        ...{ item_id: STOCKED_ITEM, units: stock },
        sold: (booked?.sold ?? 0) - (before?.sold ?? 0),
        held: (booked?.held ?? 0) - (before?.held ?? 0),
        free: booked?.free ?? 0,
        soldOutAfterSeconds: booked?.free === 0 && times.length > 0 ? seconds : null,
        refused: summary.load?.refused ?? 0,
      };
    },
  };
}
