import { describe, expect, it } from '@jest/globals';
import { parseIdempotencyKey } from './idempotencyKey.ts';
import { isOrderId, openShard } from './order.ts';
import { keyedOrderId, randomOrderId, requestHash } from './orderIdentity.ts';

const item = { item_id: 'sku-1', name: 'Lamp', price: 1, quantity: 1 };

describe('an order id', () => {
  it('is the same for the same salt, customer and key, and for nothing else', () => {
    const id = keyedOrderId('salt', 1, 'k');

    expect(keyedOrderId('salt', 1, 'k')).toBe(id);
    expect(
      new Set([
        id,
        keyedOrderId('salt', 2, 'k'),
        keyedOrderId('tlas', 1, 'k'),
        keyedOrderId('salt', 1, 'K'),
      ]).size,
    ).toBe(4);
    expect(isOrderId(id)).toBe(true);
  });

  it('keeps customer and key apart', () => {
    expect(keyedOrderId('salt', 1, '1k')).not.toBe(keyedOrderId('salt', 11, 'k'));
  });

  it('is random without a key', () => {
    expect(randomOrderId()).not.toBe(randomOrderId());
    expect(isOrderId(randomOrderId())).toBe(true);
  });

  it.each([
    '',
    'ord_',
    'ORD_0123456789abcdef0123456789abcdef',
    '../orders',
    `ord_${'g'.repeat(32)}`,
  ])('is not %j', (text) => {
    expect(isOrderId(text)).toBe(false);
  });

  it('falls into one of 64 shards, all of them used', () => {
    const shards = new Set(Array.from({ length: 5_000 }, () => openShard(randomOrderId())));

    expect([...shards].sort()).toEqual(Array.from({ length: 64 }, (_, shard) => `${shard}`).sort());
  });
});

describe('a request hash', () => {
  it('tells way, customer, items and their order apart, but not the order of fields', () => {
    const request = { customer_id: 1, items: [item, { ...item, item_id: 'sku-2' }] };
    const hash = requestHash(request, 'queued');

    expect(requestHash({ items: request.items, customer_id: 1 }, 'queued')).toBe(hash);
    expect(requestHash(request, 'direct')).not.toBe(hash);
    expect(requestHash({ ...request, items: request.items.toReversed() }, 'queued')).not.toBe(hash);
    expect(requestHash({ ...request, customer_id: 2 }, 'queued')).not.toBe(hash);
  });
});

describe('an idempotency key', () => {
  it.each([
    ['abc', 'abc'],
    [' abc ', 'abc'],
    ['"abc"', 'abc'],
    ['"a,b"', 'a,b'],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('is read from %j', (header, key) => {
    expect(parseIdempotencyKey(header)).toEqual({ key });
  });

  it.each([
    '',
    '  ',
    '""',
    'a b',
    'a,b',
    '"a","b"',
    '"a',
    'a"',
    'ü',
    'a\tb',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
  ])('is refused from %j', (header) => {
    expect(parseIdempotencyKey(header)).toEqual({
      fault: {
        header: 'idempotency-key',
        detail: expect.stringContaining('1 to 255 visible ASCII'),
      },
    });
  });
});
