import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Charge, ChargeBook } from '../domain/chargeBook.ts';
import { startDynalite } from '../testing/startDynalite.ts';
import { dynamoChargeBook } from './dynamoChargeBook.ts';
import { dynamoClient } from './dynamoClient.ts';
import { fromItem, toItem } from './dynamoItem.ts';
import { dynamoOpenChargeBook } from './dynamoOpenChargeBook.ts';

const charge = (overrides: Partial<Charge> = {}): Charge => ({
  charge_id: 'ord_1#1',
  order_id: 'ord_1',
  amount_cents: 5997,
  outcome: 'charged',
  begun_at: '2026-11-27T12:00:00.000Z',
  resolves_at: '2026-11-27T12:00:03.000Z',
  ...overrides,
});

describe('the charge book in DynamoDB', () => {
  let book: ChargeBook;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const { access, close } = await startDynalite();
    const client = dynamoClient(access);
    book = dynamoChargeBook(client, 'charges');
    stop = async () => {
      client.destroy();
      await close();
    };
  });
  afterAll(() => stop());

  it('lets exactly one of fifty writes with one key win', async () => {
    const writes = Array.from({ length: 50 }, (_, index) =>
      book.putIfAbsent(charge({ outcome: index % 2 === 0 ? 'charged' : 'void' })),
    );

    const won = await Promise.all(writes);

    expect(won.filter(Boolean)).toHaveLength(1);
    const outcome = won.indexOf(true) % 2 === 0 ? 'charged' : 'void';
    expect(await book.get('ord_1#1')).toEqual(charge({ outcome }));
  });

  it('knows nothing of a key that was not written', async () => {
    expect(await book.get('ord_2#1')).toBeUndefined();
  });
});

describe('the book of a provider that tells its outcome later, in DynamoDB', () => {
  it('settles an open line once, and never a settled one', async () => {
    const { access, close } = await startDynalite();
    const client = dynamoClient(access);
    const book = dynamoOpenChargeBook(client, 'charges');
    const line = charge({ outcome: 'open', provider_id: 'pi_1' });
    await book.putIfAbsent(line);

    expect(await book.settle({ ...line, outcome: 'charged' })).toBe(true);
    expect(await book.settle({ ...line, outcome: 'void' })).toBe(false);
    expect(await book.get('ord_1#1')).toEqual({ ...line, outcome: 'charged' });
    client.destroy();
    await close();
  });
});

describe('DynamoDB items', () => {
  it('give back what was put, without what is undefined', () => {
    const record = { text: 'a', number: 19.99, yes: true, list: [{ n: 1 }], map: { s: '' } };

    expect(fromItem(toItem({ ...record, missing: undefined }))).toEqual(record);
  });

  it('refuse what has no attribute', () => {
    expect(() => toItem({ nothing: null })).toThrow('no attribute');
  });

  it('give back a number that would have to be rounded as its text', () => {
    const item = { a: { N: '1000.00000000000000000001' }, b: { N: '1E+2' }, c: { N: '19.99' } };

    expect(fromItem(item)).toEqual({ a: '1000.00000000000000000001', b: 100, c: 19.99 });
  });

  it('give back what somebody else put, whatever its type', () => {
    expect(fromItem({ set: { SS: ['a'] }, none: { NULL: true } })).toEqual({
      set: ['a'],
      none: null,
    });
  });
});
