import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type DynamoClient, tryWrite } from './dynamoClient.ts';
import { toAttribute, toItem } from './dynamoItem.ts';

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
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const named = (name: string) => {
    names[`#${name}`] = name;
    return `#${name}`;
  };
  const valued = (placeholder: string, value: unknown) => {
    values[placeholder] = toAttribute(value);
    return placeholder;
  };
  const sets = Object.entries(set).map(
    ([name, value]) => `${named(name)} = ${valued(`:set_${name}`, value)}`,
  );
  const adds = Object.entries(add).map(
    ([name, value]) => `${named(name)} ${valued(`:add_${name}`, value)}`,
  );
  const conditions = Object.entries(where).map(([name, value]) =>
    value === undefined
      ? `attribute_not_exists(${named(name)})`
      : `${named(name)} = ${valued(`:was_${name}`, value)}`,
  );
  const write = client.call('UpdateItem', {
    TableName: table,
    Key: toItem(key),
    UpdateExpression: [
      clause('SET', sets),
      clause('ADD', adds),
      clause('REMOVE', remove.map(named)),
    ].join(' '),
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  });
  return tryWrite(write);
}

const clause = (keyword: string, parts: string[]) =>
  parts.length === 0 ? '' : `${keyword} ${parts.join(', ')}`;
