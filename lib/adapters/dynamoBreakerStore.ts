import type { BreakerRow, BreakerStore } from '../domain/ports.ts';
import type { DynamoClient } from './dynamoClient.ts';
import { fromItem, toItem } from './dynamoItem.ts';
import { updateWhere } from './dynamoUpdate.ts';

/** One row for the stage. */
export const BREAKER_KEY = { subject: 'breaker', at_id: 'state' };

export function dynamoBreakerStore(client: DynamoClient, table: string): BreakerStore {
  return {
    async read() {
      const { Item = {} } = await client.call('GetItem', {
        TableName: table,
        Key: toItem(BREAKER_KEY),
        ConsistentRead: true,
      });
      return fromItem(Item) as BreakerRow;
    },
    change: (change) => updateWhere(client, { table, key: BREAKER_KEY, ...change }),
  };
}
