import { counted } from '../../common/counted.ts';
import { UsageError } from '../../common/usageError.ts';
import type { ItemStock, StockList } from '../../contracts/stock.ts';
import {
  type CommandContext,
  EXIT,
  type ExitCode,
  isConfirmed,
  readNumber,
} from '../commandLine.ts';
import type { Stage } from '../stage.ts';
import { listStock, type StockChange, setStock } from './stock.ts';
import { StockTable } from './stockTable.ts';

const MOST_UNITS = 10_000_000;
const LONGEST_ID = 64;

/** `sls stock list` and `sls stock set ITEM N`. */
export function stockCommand(context: CommandContext) {
  const [what = 'list', itemId, units, ...others] = context.words;
  if (what === 'list' && itemId === undefined)
    return (stage: Stage) => list(context, new StockTable(stage));
  if (what !== 'set' || itemId === undefined || units === undefined || others.length > 0)
    throw new UsageError(
      `sls stock: must be followed by "list" or by "set ITEM N", got ${JSON.stringify(context.words.join(' '))}`,
    );
  if (itemId.length > LONGEST_ID)
    throw new UsageError(
      `ITEM: must be at most ${LONGEST_ID} characters long, got ${itemId.length}`,
    );
  const wanted = readNumber('N (units)', units, 0, MOST_UNITS);
  return (stage: Stage) => set(context, stage, itemId, wanted);
}

async function list(context: CommandContext, table: StockTable): Promise<ExitCode> {
  const items = await listStock(table);
  const document: StockList = { items };
  context.print(context.options.json === true ? JSON.stringify(document) : describe(items));
  return EXIT.good;
}

async function set(
  context: CommandContext,
  stage: Stage,
  itemId: string,
  wanted: number,
): Promise<ExitCode> {
  const table = new StockTable(stage);
  const options = { isDryRun: true, onProgress: context.progress, signal: context.signal };
  const plan = await setStock(table, itemId, wanted, options);
  if (context.options['dry-run'] === true) return report(context, plan);
  // Nothing to agree to where only this machine changes.
  const question = `Change ${itemId} of stage ${stage.name} from ${plan.before} to ${plan.after} units?`;
  if (stage.runtime === undefined && !(await isConfirmed(context, question))) return EXIT.no;
  return report(context, await setStock(table, itemId, wanted, { ...options, isDryRun: false }));
}

function report(context: CommandContext, change: StockChange): ExitCode {
  const { item_id, before, after, rowsMade, rowsChanged, applied } = change;
  const verb = applied ? 'now has' : 'would have';
  const text = `${item_id} ${verb} ${counted(after, 'unit')}, before ${before}: ${counted(rowsMade, 'row')} made, ${rowsChanged} changed`;
  context.print(context.options.json === true ? JSON.stringify(change) : text);
  return EXIT.good;
}

function describe(items: ItemStock[]): string {
  if (items.length === 0)
    return 'No item has a stock: every one is sold without limit. Give one a stock with: sls stock set ITEM N';
  const header = ['item', 'stock', 'free', 'held', 'sold', 'sold out since'];
  const lines = items.map(({ item_id, stock, free, held, sold, sold_out_since }) => [
    item_id,
    ...[stock, free, held, sold].map(String),
    sold_out_since ?? (free === 0 ? 'yes' : ''),
  ]);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...lines].map((line) => line[column]?.length ?? 0)),
  );
  return [header, ...lines]
    .map((line) =>
      line
        .map((text, column) =>
          column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
