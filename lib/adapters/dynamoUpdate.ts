import { type DynamoClient, tryWrite } from './dynamoClient.ts';
import { toAttribute } from './dynamoItem.ts';

export interface Update {
  table: string;
  key: Record<string, string>;
  set?: object;
  add?: Record<string, number>;
  remove?: string[];
  /** The attributes' values before the update, undefined for none; otherwise nothing is written. */
  where: Record<string, unknown>;
}

/** Writes one item if it is as `where` says. Every name is a placeholder: `status` and others are reserved words. */
export function updateWhere(client: DynamoClient, update: Update): Promise<boolean> {
  const { table, key, set = {}, add = {}, remove = [], where } = update;
  const names = [...Object.keys(set), ...Object.keys(add), ...remove, ...Object.keys(where)];
  const values = [
    ...Object.entries(set).map(([name, value]) => [`:set_${name}`, value]),
    ...Object.entries(add).map(([name, value]) => [`:add_${name}`, value]),
    ...Object.entries(where)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [`:was_${name}`, value]),
  ] as [string, unknown][];
  const write = client.call('UpdateItem', {
    TableName: table,
    Key: attributes(Object.entries(key)),
    UpdateExpression: [
      clause(
        'SET',
        Object.keys(set).map((name) => `#${name} = :set_${name}`),
      ),
      clause(
        'ADD',
        Object.keys(add).map((name) => `#${name} :add_${name}`),
      ),
      clause(
        'REMOVE',
        remove.map((name) => `#${name}`),
      ),
    ].join(' '),
    ConditionExpression: Object.entries(where)
      .map(([name, value]) =>
        value === undefined ? `attribute_not_exists(#${name})` : `#${name} = :was_${name}`,
      )
      .join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: attributes(values),
  });
  return tryWrite(write);
}

const clause = (keyword: string, parts: string[]) =>
  parts.length === 0 ? '' : `${keyword} ${parts.join(', ')}`;

const attributes = (values: [string, unknown][]) =>
  Object.fromEntries(values.map(([name, value]) => [name, toAttribute(value)]));
