const ID = '{ order_id: { S: randomUUID() } }';

/** Each call of a table as simple as it can be made, of one small row. */
const CALLS: Record<string, string> = {
  GetItem: `dynamodb.send(new GetItemCommand({ TableName, Key: ${ID} }))`,
  PutItem: `dynamodb.send(new PutItemCommand({ TableName, Item: ${ID} }))`,
  UpdateItem: `dynamodb.send(new UpdateItemCommand({ TableName, Key: ${ID}, UpdateExpression: 'SET seen = :seen', ExpressionAttributeValues: { ':seen': { BOOL: true } } }))`,
  Query: `dynamodb.send(new QueryCommand({ TableName, KeyConditionExpression: 'order_id = :id', ExpressionAttributeValues: { ':id': { S: randomUUID() } } }))`,
};

/** A handler that makes these calls of AWS and nothing else; equal ones after each other are made together. */
export function bareSource(calls: string[]): string {
  const known = [...new Set(calls)];
  const unknown = known.filter((name) => !(name in CALLS));
  if (unknown.length > 0) throw new Error(`no bare handler makes the call ${unknown.join(', ')}`);
  const imported = ['DynamoDBClient', ...known.map((name) => `${name}Command`)];
  return [
    "import { randomUUID } from 'node:crypto';",
    `import { ${imported.join(', ')} } from '@aws-sdk/client-dynamodb';`,
    'const dynamodb = new DynamoDBClient({});',
    'const TableName = process.env.ORDERS_TABLE ?? "";',
    'export const handler = async () => {',
    ...together(calls).map((group) => `  await Promise.all([${group.map(callOf).join(', ')}]);`),
    '  return { statusCode: 200 };',
    '};',
  ].join('\n');
}

const callOf = (name: string): string => CALLS[name] ?? '';

function together(calls: string[]): string[][] {
  const groups: string[][] = [];
  for (const call of calls) {
    const last = groups.at(-1);
    if (last?.[0] === call) last.push(call);
    else groups.push([call]);
  }
  return groups;
}
