import type { ChargeBook } from '../domain/chargeBook.ts';
import { readCharge } from '../domain/storedRow.ts';
import { type DynamoClient, tryWrite } from './dynamoClient.ts';
import { fromItem, toItem } from './dynamoItem.ts';

/** The simulated provider's book in a DynamoDB table of its own. */
export function dynamoChargeBook(client: DynamoClient, table: string): ChargeBook {
  return {
    putIfAbsent: (charge) =>
      tryWrite(
        client.call('PutItem', {
          TableName: table,
          Item: toItem(charge),
          ConditionExpression: 'attribute_not_exists(charge_id)',
        }),
      ),

    async get(chargeId) {
      const { Item } = await client.call('GetItem', {
        TableName: table,
        Key: { charge_id: { S: chargeId } },
        ConsistentRead: true,
      });
      return Item && readCharge(fromItem(Item));
    },
  };
}
