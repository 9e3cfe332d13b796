import * as z from 'zod/mini';
import type { Fault } from './errors.ts';
import { excerpt } from './excerpt.ts';
import { pointerTo } from './jsonPointer.ts';
import { isPrice, MAX_PRICE } from './money.ts';
import type { Item } from './order.ts';

export interface OrderRequest {
  customer_id: number;
  items: Item[];
}

const MAX_FAULTS = 100;

const text = (maxLength: number) => {
  const error = `must be a text of 1 to ${maxLength} characters of well-formed Unicode`;
  return z
    .string({ error })
    .check(z.minLength(1, error), z.maxLength(maxLength, error), z.refine(isWellFormed, error));
};
const isWellFormed = (value: string) => value.isWellFormed();

const wholeNumber = (min: number, max: number, error: string) =>
  z.int({ error }).check(z.minimum(min, error), z.maximum(max, error));

const PRICE_RULE = 'must be a number from 0 to 1000000 with at most 2 decimals';
const ITEMS_RULE = 'must be an array of 1 to 100 items';
const OBJECT_RULE = 'must be an object';

const itemSchema = z.strictObject(
  {
    item_id: text(64),
    name: text(256),
    price: z
      .number({ error: PRICE_RULE })
      .check(
        z.minimum(0, PRICE_RULE),
        z.maximum(MAX_PRICE, PRICE_RULE),
        z.refine(isPrice, PRICE_RULE),
      ),
    quantity: wholeNumber(1, 1000, 'must be a whole number from 1 to 1000'),
  },
  { error: OBJECT_RULE },
);

/** What a POST asks for. */
export const orderRequestSchema = z.strictObject(
  {
    customer_id: wholeNumber(
      1,
      Number.MAX_SAFE_INTEGER,
      `must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`,
    ),
    items: z
      .array(itemSchema, { error: ITEMS_RULE })
      .check(z.minLength(1, ITEMS_RULE), z.maxLength(100, ITEMS_RULE)),
  },
  { error: OBJECT_RULE },
);

/** Reads the body of a POST: an order request, or every rule that it breaks. */
export function parseOrderRequest(body: unknown): { request: OrderRequest } | { faults: Fault[] } {
  const parsed = orderRequestSchema.safeParse(body);
  if (parsed.success) return { request: parsed.data };
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, body));
  const distinct = [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
  if (distinct.length <= MAX_FAULTS) return { faults: distinct };
  const more = {
    pointer: '#',
    detail: `${distinct.length - MAX_FAULTS} more faults are not listed`,
  };
  return { faults: [...distinct.slice(0, MAX_FAULTS), more] };
}

function faultsOf(issue: z.core.$ZodIssue, body: unknown): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerTo([...issue.path, key]),
      detail: `is not a field of this object: unknown fields are refused, got ${excerpt(key)}`,
    }));
  }
  const value = valueAt(body, issue.path);
  const got = Array.isArray(value) ? `${value.length} items` : excerpt(value);
  return [{ pointer: pointerTo(issue.path), detail: `${issue.message}, got ${got}` }];
}

function valueAt(body: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    body,
  );
}
