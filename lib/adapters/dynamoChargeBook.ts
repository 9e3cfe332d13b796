import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { ChargeBook } from '../domain/simulatedPayment.ts';
import { readCharge } from '../domain/storedRow.ts';
import { tryWrite } from './dynamoClient.ts';
import { fromItem, toItem } from './dynamoItem.ts';

/** The simulated provider's book in a DynamoDB table of its own. */
export function dynamoChargeBook(client: DynamoDBClient, table: string): ChargeBook {
  return {
    putIfAbsent: (charge) =>
      tryWrite(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: toItem(charge),
            ConditionExpression: 'attribute_not_exists(charge_id)',
          }),
        ),
      ),

    async get(chargeId) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: table,
          Key: { charge_id: { S: chargeId } },
          ConsistentRead: true,
        }),
      );
      return Item && readCharge(fromItem(Item));
    },
  };
}
