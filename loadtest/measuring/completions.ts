import { readRows } from '../../ops/reconciliation/tableReader.ts';
import type { Stage } from '../../ops/stage.ts';

export interface Completion {
  orderId: string;
  /** Seconds since 1970. */
  createdAt: number;
  completedAt: number;
}

const COLUMNS = {
  ProjectionExpression: 'order_id, created_at, completed_at, #status',
  ExpressionAttributeNames: { '#status': 'status' },
};

/** Reads when each of these orders was completed; those that are not are left out. */
export async function readCompletions(
  { clients, outputs }: Stage,
  orderIds: string[],
): Promise<Completion[]> {
  const table = { ...COLUMNS, TableName: outputs.OrdersTableName };
  const rows = await readRows(clients.dynamodb, table, 'order_id', orderIds);
  return rows.flatMap(({ order_id, created_at, completed_at, status }) => {
    if (status?.S !== 'completed' || !order_id?.S || !created_at?.S || !completed_at?.S) return [];
    const secondsOf = (time: string) => Date.parse(time) / 1000;
    const [createdAt, completedAt] = [secondsOf(created_at.S), secondsOf(completed_at.S)];
    return [{ orderId: order_id.S, createdAt, completedAt }];
  });
}
