import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../virtualClock.ts';
import type { Item } from './expression.ts';
import { MemoryTable } from './memoryTable.ts';

function table(lagMs = 0) {
  const clock = new VirtualClock();
  const indexes = { open: { partitionKey: 'shard', sortKey: 'due' } };
  const lag = () => lagMs;
  const rows = new MemoryTable({ clock, key: ['id'], indexes, lagMs: lag, readLagMs: lag });
  const put = (item: Item, ConditionExpression?: string) =>
    rows.call('PutItem', { Item: item, ...(ConditionExpression && { ConditionExpression }) });
  const update = (id: string, UpdateExpression: string, more = {}) =>
    rows.call('UpdateItem', { Key: { id: { S: id } }, UpdateExpression, ...more }).Attributes;
  const get = (id: string, ConsistentRead = true) =>
    rows.call('GetItem', { Key: { id: { S: id } }, ConsistentRead }).Item;
  const due = (by: string, more = {}) =>
    rows
      .call('Query', {
        IndexName: 'open',
        KeyConditionExpression: '#shard = :shard AND #due <= :by',
        ExpressionAttributeNames: { '#shard': 'shard', '#due': 'due' },
        ExpressionAttributeValues: { ':shard': { S: '1' }, ':by': { S: by } },
        ...more,
      })
      .Items?.map(({ id }) => id?.S);
  return { clock, put, update, get, due, passes: (ms: number) => clock.run(clock.now() + ms) };
}

const row = (id: string, due: string): Item => ({
  id: { S: id },
  shard: { S: '1' },
  due: { S: due },
});
const failed = expect.objectContaining({ name: 'ConditionalCheckFailedException' });

describe('a table in memory', () => {
  it('writes where the condition holds, and else nothing', () => {
    const { put, get } = table();
    put(row('a', '1'), 'attribute_not_exists(id)');

    expect(() => put(row('a', '2'), 'attribute_not_exists(id)')).toThrow(failed);
    expect(get('a')).toEqual(row('a', '1'));
  });

  it('shows what stood before a write to a read that lags, and the write to a consistent one', async () => {
    const { put, get, passes } = table(100);
    put(row('a', '1'));
    await passes(200);
    put(row('a', '2'));

    expect([get('a', false), get('a')]).toEqual([row('a', '1'), row('a', '2')]);
    await passes(100);
    expect(get('a', false)).toEqual(row('a', '2'));
  });

  it.each([
    ['#free >= :least', true],
    ['#free = :least OR #free >= :least AND attribute_exists(nothing)', false],
    ['(#free = :least OR #free >= :least) AND attribute_exists(inner.deep)', true],
    ['inner.deep = :deep AND attribute_not_exists(inner.other)', true],
    ['id BETWEEN :low AND :high', true],
    ['#free = :low', false],
    ['nothing <= :least', false],
  ])('judges %s', (ConditionExpression, holds) => {
    const { put, update } = table();
    put({ id: { S: 'm' }, free: { N: '10' }, inner: { M: { deep: { BOOL: true } } } });
    const write = () =>
      update('m', 'SET done = :deep', {
        ConditionExpression,
        ExpressionAttributeNames: { '#free': 'free' },
        ExpressionAttributeValues: {
          ...{ ':least': { N: '9' }, ':deep': { BOOL: true } },
          ...{ ':low': { S: 'a' }, ':high': { S: 'z' } },
        },
      });

    if (holds) expect(write()).toHaveProperty('done');
    else expect(write).toThrow(failed);
  });

  it('sets, adds and removes, and changes nothing that was read before', () => {
    const { put, update, get } = table();
    put({ id: { S: 'a' }, n: { N: '1' }, old: { S: 'x' }, inner: { M: { kept: { N: '1' } } } });
    const before = get('a');

    update('a', 'SET inner.#new = :two, copy = n ADD n :two, fresh :two REMOVE old', {
      ExpressionAttributeNames: { '#new': 'new' },
      ExpressionAttributeValues: { ':two': { N: '2' } },
    });

    expect(get('a')).toEqual({
      ...{ id: { S: 'a' }, n: { N: '3' }, copy: { N: '1' }, fresh: { N: '2' } },
      inner: { M: { kept: { N: '1' }, new: { N: '2' } } },
    });
    expect(before).toMatchObject({ n: { N: '1' }, old: { S: 'x' }, inner: { M: { kept: {} } } });
  });

  it('refuses an expression that it does not know', () => {
    expect(() => table().update('a', 'SET n = list_append(n, :one)')).toThrow(/list_append/);
  });

  it('finds through its index in the order of the sort key, page by page', () => {
    const { put, due, update } = table();
    for (const [id, at] of Object.entries({ a: '3', b: '1', c: '2', d: '9' })) put(row(id, at));

    expect(due('5', { Limit: 2 })).toEqual(['b', 'c']);
    expect(due('5', { ExclusiveStartKey: row('c', '2') })).toEqual(['a']);
    update('b', 'REMOVE shard');
    expect(due('5')).toEqual(['c', 'a']);
  });

  it('has an index that lags, and keeps no older change over a newer one', async () => {
    const { put, due, update, passes } = table(100);
    put(row('a', '1'));
    expect(due('5')).toEqual([]);
    await passes(100);
    update('a', 'REMOVE shard');
    expect(due('5')).toEqual(['a']);
    await passes(100);
    expect(due('5')).toEqual([]);
  });
});
