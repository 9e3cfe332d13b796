import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Stage } from '../../ops/stage.ts';

export interface Completion {
  orderId: string;
  /** Seconds since 1970. */
  createdAt: number;
  completedAt: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_A_CALL = 100;

/** Reads when each of these orders was completed; those that are not are left out. */
export async function readCompletions(
  { clients, outputs }: Stage,
  orderIds: string[],
): Promise<Completion[]> {
  const completions: Completion[] = [];
  for (let first = 0; first < orderIds.length; first += KEYS_A_CALL) {
    const ids = orderIds.slice(first, first + KEYS_A_CALL);
    completions.push(...(await readBatch(clients.dynamodb, outputs.OrdersTableName, ids)));
  }
  return completions;
}

async function readBatch(
  dynamodb: DynamoDBClient,
  table: string,
  orderIds: string[],
): Promise<Completion[]> {
  const completions: Completion[] = [];
  const request = {
    Keys: orderIds.map((id) => ({ order_id: { S: id } })),
    ProjectionExpression: 'order_id, created_at, completed_at, #status',
    ExpressionAttributeNames: { '#status': 'status' },
    ConsistentRead: true,
  };
  for (let left = { [table]: request }; left[table] !== undefined; ) {
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: left }),
    );
    for (const { order_id, created_at, completed_at, status } of Responses?.[table] ?? []) {
      if (status?.S !== 'completed' || !order_id?.S || !created_at?.S || !completed_at?.S) continue;
      completions.push({
        orderId: order_id.S,
        createdAt: Date.parse(created_at.S) / 1000,
        completedAt: Date.parse(completed_at.S) / 1000,
      });
    }
    left = (UnprocessedKeys ?? {}) as typeof left;
  }
  return completions;
}
