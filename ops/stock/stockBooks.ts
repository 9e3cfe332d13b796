import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import type { Violation } from '../../contracts/reconciliation.ts';
import type { StockTotals } from '../../contracts/stock.ts';
import { quantities } from '../../lib/domain/stock.ts';
import type { Stage } from '../stage.ts';
import { StockBooks, type StockOrder } from './stockRules.ts';
import { StockTable } from './stockTable.ts';

export interface StockReading {
  totals: StockTotals[];
  violations: Violation[];
}

/** How often the sweeper comes, and what a run needs. */
const SWEEP_INTERVAL_MS = 200_000;
const READ_AGAIN_AFTER_MS = 500;

export interface StockTimes {
  /** Undefined where no sweeper runs. */
  leaseMs: number | undefined;
  now: () => number;
  pause: (durationMs: number) => Promise<void>;
}

/**
 * Holds every unit against the orders, and every order against its units. Units are claimed before their order is
 * written and read before it, so what looks wrong in two readings, one after the other, is wrong.
 */
export async function readStockBooks(stage: Stage, times: StockTimes): Promise<StockReading> {
  const first = await readOnce(stage, times);
  if (first.violations.length === 0) return first;
  await times.pause(READ_AGAIN_AFTER_MS);
  const second = await readOnce(stage, times);
  const seen = new Set(first.violations.map(keyOf));
  return { ...second, violations: second.violations.filter((one) => seen.has(keyOf(one))) };
}

const keyOf = ({ rule, orderId, detail }: Violation): string => [rule, orderId, detail].join('|');

async function readOnce(stage: Stage, { leaseMs, now }: StockTimes): Promise<StockReading> {
  const { items, rows } = await new StockTable(stage).read();
  const sweptAfterMs = leaseMs === undefined ? undefined : leaseMs + SWEEP_INTERVAL_MS;
  const books = new StockBooks(items, rows, { nowMs: now(), sweptAfterMs });
  const pages = paginateScan(
    { client: stage.clients.dynamodb },
    {
      TableName: stage.outputs.OrdersTableName,
      ProjectionExpression: 'order_id, attempt_id, #status, #items, held, accepted_at',
      ExpressionAttributeNames: { '#status': 'status', '#items': 'items' },
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) for (const item of Items) books.add(readOrder(item));
  return books.close();
}

/** What is missing or of a wrong type becomes a value that no rule accepts. */
const readOrder = (item: Record<string, AttributeValue>): StockOrder => ({
  orderId: item.order_id?.S ?? '',
  attemptId: item.attempt_id?.S ?? '',
  status: item.status?.S ?? '',
  acceptedAtMs: Date.parse(item.accepted_at?.S ?? '') || 0,
  asked: quantities(
    (item.items?.L ?? []).map(({ M = {} }) => ({
      ...{ item_id: M.item_id?.S ?? '', name: '', price: 0 },
      quantity: Number(M.quantity?.N ?? Number.NaN),
    })),
  ),
  held: (item.held?.L ?? []).map(({ M = {} }) => ({
    row_id: M.row_id?.S ?? '',
    units: Number(M.units?.N ?? Number.NaN),
  })),
});
