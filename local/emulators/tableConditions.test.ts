import {
  CreateTableCommand,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EmulatorThread, tablesThread } from './emulatorThread.ts';
import { type EmulatorClients, emulatorClients, untilActive } from './provision.ts';

const TableName = 'items';
const id = { S: 'a' };
const onlyNine = {
  ConditionExpression: 'v = :nine',
  ExpressionAttributeValues: { ':nine': { N: '9' } },
};
let thread: EmulatorThread;
let dynamodb: EmulatorClients['dynamodb'];

beforeAll(async () => {
  thread = tablesThread(undefined);
  const url = await thread.start();
  ({ dynamodb } = emulatorClients(url, url, 'us-east-1'));
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await untilActive(dynamodb, TableName);
  await dynamodb.send(new PutItemCommand({ TableName, Item: { id, v: { N: '1' } } }));
});
afterAll(() => thread.stop());

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#DDB-PutItem-request-ReturnValuesOnConditionCheckFailure
describe('a condition that fails', () => {
  const update = { UpdateExpression: 'SET v = :nine' };

  it.each([
    [
      'PutItem',
      (more: object) => new PutItemCommand({ TableName, Item: { id }, ...onlyNine, ...more }),
    ],
    [
      'UpdateItem',
      (more: object) =>
        new UpdateItemCommand({ TableName, Key: { id }, ...update, ...onlyNine, ...more }),
    ],
    [
      'DeleteItem',
      (more: object) => new DeleteItemCommand({ TableName, Key: { id }, ...onlyNine, ...more }),
    ],
  ])('of %s brings the item where ALL_OLD asks for it', async (_name, command) => {
    const failure = (more: object) =>
      dynamodb.send(command(more) as PutItemCommand).catch((error: unknown) => error);
    const all = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };

    expect(await failure(all)).toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { id, v: { N: '1' } },
    });
    expect(await failure({})).toMatchObject({ Item: undefined });
  });
});
