import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { exactNumber } from '../domain/exactNumber.ts';

type Item = Record<string, AttributeValue>;

/** A plain object as DynamoDB's attributes. Fields that are undefined are left out. */
export function toItem(record: object): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(record))
    if (value !== undefined) item[name] = toAttribute(value);
  return item;
}

/**
 * The plain object of an item. What `toItem` does not make, as a set, comes as the SDK has it, and a number that would
 * have to be rounded as its text.
 */
export function fromItem(item: Item): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, fromAttribute(value)]),
  );
}

export function toAttribute(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  if (typeof value === 'object' && value !== null) return { M: toItem(value) };
  throw new TypeError(`no attribute for a value of type ${typeof value}`);
}

function fromAttribute(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return exactNumber(value.N) ?? value.N;
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L !== undefined) return value.L.map(fromAttribute);
  if (value.M !== undefined) return fromItem(value.M);
  return value.NULL ? null : Object.values(value)[0];
}
