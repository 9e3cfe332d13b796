import type { OpenChargeBook } from '../domain/chargeBook.ts';
import { dynamoChargeBook } from './dynamoChargeBook.ts';
import { type DynamoClient, tryWrite } from './dynamoClient.ts';
import { toItem } from './dynamoItem.ts';

/** The charges of a provider that is asked over HTTP, in the same table. */
export const dynamoOpenChargeBook = (client: DynamoClient, table: string): OpenChargeBook => ({
  ...dynamoChargeBook(client, table),

  settle: (charge) =>
    tryWrite(
      client.call('PutItem', {
        TableName: table,
        Item: toItem(charge),
        ConditionExpression: 'outcome = :open',
        ExpressionAttributeValues: { ':open': { S: 'open' } },
      }),
    ),
});
