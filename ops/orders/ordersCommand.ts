import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import { counted } from '../../common/counted.ts';
import { UsageError } from '../../common/usageError.ts';
import { fromItem } from '../../lib/adapters/dynamoItem.ts';
import { type PublicOrder, STATUSES } from '../../lib/domain/order.ts';
import { publicView } from '../../lib/domain/orderPromise.ts';
import { isOrder } from '../../lib/domain/storedRow.ts';
import { type CommandContext, EXIT, type ExitCode, textOption } from '../commandLine.ts';
import type { Stage } from '../stage.ts';

/** In this order, for whatever reads tables. */
const COLUMNS = [
  'order_id',
  'customer_id',
  'status',
  'way',
  'total_cents',
  'created_at',
  'completed_at',
  'payment_id',
  'decline_reason',
  'cancel_reason',
  'items',
] as const satisfies (keyof PublicOrder)[];

const FORMATS: Record<string, { head: string[]; line: (order: PublicOrder) => string }> = {
  jsonl: { head: [], line: (order) => JSON.stringify(order) },
  csv: {
    head: [COLUMNS.join(',')],
    line: (order) => COLUMNS.map((name) => cell(order[name])).join(','),
  },
};

/** `sls orders export`: every order as its buyer sees it, one a line. */
export function ordersCommand(context: CommandContext): (stage: Stage) => Promise<ExitCode> {
  const words = context.words.join(' ');
  if (words !== 'export')
    throw new UsageError(`sls orders: must be followed by export, got ${JSON.stringify(words)}`);
  const format = oneOf('--format', textOption(context, 'format') ?? 'jsonl', Object.keys(FORMATS));
  const given = textOption(context, 'status');
  const status = given === undefined ? undefined : oneOf('--status', given, STATUSES);
  return (stage) =>
    exportOrders(context, stage, FORMATS[format] as (typeof FORMATS)[string], status);
}

function oneOf(flag: string, text: string, allowed: readonly string[]): string {
  if (allowed.includes(text)) return text;
  throw new UsageError(`${flag}: must be ${allowed.join(', ')}, got ${JSON.stringify(text)}`);
}

/** A page is printed before the next one is read, so that a table of any size needs the memory of one. */
async function exportOrders(
  { print, tell, signal }: CommandContext,
  { clients, outputs }: Stage,
  { head, line }: (typeof FORMATS)[string],
  status: string | undefined,
): Promise<ExitCode> {
  let [exported, unreadable] = [0, 0];
  if (head.length > 0) print(head.join('\n'));
  const pages = paginateScan({ client: clients.dynamodb }, { TableName: outputs.OrdersTableName });
  for await (const { Items = [] } of pages) {
    signal.throwIfAborted();
    const orders = Items.flatMap((row: Record<string, AttributeValue>) => {
      const item: object = fromItem(row);
      return isOrder(item) ? [item] : [];
    });
    unreadable += Items.length - orders.length;
    const chosen = orders.filter((order) => status === undefined || order.status === status);
    exported += chosen.length;
    if (chosen.length > 0) print(chosen.map((order) => line(publicView(order))).join('\n'));
  }
  const left =
    unreadable === 0
      ? ''
      : `; ${counted(unreadable, 'row')} that ${unreadable === 1 ? 'is' : 'are'} no order left out`;
  tell(`${counted(exported, 'order')} exported${left}`);
  return unreadable === 0 ? EXIT.good : EXIT.no;
}

/** RFC 4180: what has a comma, a quote or a line's end stands in quotes. */
function cell(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
