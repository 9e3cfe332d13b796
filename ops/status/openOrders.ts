import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { type ByWay, byWay } from '../../contracts/orderSample.ts';
import { OPEN_SHARDS } from '../../lib/domain/order.ts';
import type { Stage } from '../stage.ts';

export interface OpenOrders {
  byWay: ByWay;
  /** When the oldest of them was accepted; none without any. */
  oldestMs: number | undefined;
}

/** Counts the orders that have not ended, in the index that the sweeper reads. */
export async function readOpenOrders({ clients, outputs }: Stage): Promise<OpenOrders> {
  const counts = new Map<string, number>();
  let oldestMs: number | undefined;
  const readShard = async (shard: string) => {
    const pages = paginateQuery(
      { client: clients.dynamodb },
      {
        TableName: outputs.OrdersTableName,
        IndexName: 'open-orders',
        KeyConditionExpression: 'open_shard = :shard',
        ExpressionAttributeValues: { ':shard': { S: shard } },
      },
    );
    for await (const { Items = [] } of pages)
      for (const { way, accepted_at } of Items) {
        counts.set(way?.S ?? '', (counts.get(way?.S ?? '') ?? 0) + 1);
        const atMs = Date.parse(accepted_at?.S ?? '');
        if (!(atMs >= (oldestMs ?? Number.POSITIVE_INFINITY)) && !Number.isNaN(atMs))
          oldestMs = atMs;
      }
  };
  await Promise.all(OPEN_SHARDS.map(readShard));
  return { byWay: byWay((way) => counts.get(way) ?? 0), oldestMs };
}
