import { setTimeout as sleep } from 'node:timers/promises';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import type { Stage } from '../../ops/stage.ts';
import { readStats } from '../support/runtimeStats.ts';

const PAID_WITHIN_MS = 240_000;

/** Until workers have paid so many orders since the start. */
export async function untilPaid(console: string, orders: number): Promise<void> {
  for (const end = Date.now() + PAID_WITHIN_MS; ; await sleep(500)) {
    const { mappings } = await readStats(console);
    const paid = mappings.reduce((sum, { deleted }) => sum + deleted, 0);
    if (paid >= orders) return;
    if (Date.now() > end) throw new Error(`${paid} of ${orders} orders were paid in time`);
  }
}

/** When each completed order was, in the order of time. */
export const completionTimes = (stage: Stage): Promise<number[]> => timesOf(stage, 'completed_at');

/** A column of all orders that have it, milliseconds since 1970, in the order of time. */
export async function timesOf(
  { clients: { dynamodb }, outputs }: Stage,
  column: string,
): Promise<number[]> {
  const times: number[] = [];
  for await (const { Items = [] } of paginateScan(
    { client: dynamodb },
    { TableName: outputs.OrdersTableName, ProjectionExpression: column, ConsistentRead: true },
  ))
    for (const { [column]: at } of Items) if (at?.S !== undefined) times.push(Date.parse(at.S));
  return times.sort((a, b) => a - b);
}
