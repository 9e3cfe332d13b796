import { randomUUID } from 'node:crypto';
import { PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import {
  type DeadLetterChange,
  type Operation,
  operationSchema,
} from '../../contracts/deadLetters.ts';
import { fromItem, toItem } from '../../lib/adapters/dynamoItem.ts';
import type { Stage } from '../stage.ts';

const SUBJECT = 'dead-letters';

/** Writes down what is about to be done, and with `end` what came of it. */
export async function beginOperation(
  stage: Stage,
  begun: Omit<Operation, 'at' | 'id'>,
): Promise<{ end: (result: DeadLetterChange) => Promise<void> }> {
  const operation: Operation = { at: new Date().toISOString(), id: randomUUID(), ...begun };
  await put(stage, operation);
  const end = (result: DeadLetterChange) =>
    put(stage, { ...operation, ended_at: new Date().toISOString(), result });
  return { end };
}

async function put({ clients, outputs }: Stage, operation: Operation): Promise<void> {
  if (outputs.OperationsTableName === '') return;
  const Item = toItem({ subject: SUBJECT, at_id: `${operation.at}#${operation.id}`, ...operation });
  await clients.dynamodb.send(new PutItemCommand({ TableName: outputs.OperationsTableName, Item }));
}

/** The newest first. */
export async function readOperations({ clients, outputs }: Stage): Promise<Operation[]> {
  const found: Operation[] = [];
  if (outputs.OperationsTableName === '') return found;
  const pages = paginateQuery(
    { client: clients.dynamodb },
    {
      TableName: outputs.OperationsTableName,
      KeyConditionExpression: 'subject = :subject',
      ExpressionAttributeValues: { ':subject': { S: SUBJECT } },
      ScanIndexForward: false,
    },
  );
  for await (const { Items = [] } of pages)
    found.push(...Items.map((item) => operationSchema.parse(fromItem(item))));
  return found;
}
