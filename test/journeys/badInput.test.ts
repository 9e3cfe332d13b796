import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import { order as anyOrder, Buyer } from './client.ts';
import { Books } from './storedRows.ts';
import { journeyTarget } from './target.ts';

const target = journeyTarget();
const buyer = new Buyer(target);
const books = new Books(target);

/** Nobody else's customer, so that whatever a refused order left behind can be told apart. */
const CUSTOMER = 8_000_000 + (process.pid % 1_000_000);
const order = (overrides: Record<string, unknown> = {}) =>
  anyOrder({ customer_id: CUSTOMER, ...overrides });
const item = (overrides: Record<string, unknown>) =>
  JSON.stringify(
    order({
      items: [{ item_id: 'item-1', name: 'Product Name', price: 99.99, quantity: 2, ...overrides }],
    }),
  );
const json = { 'content-type': 'application/json' };

const cases: [
  what: string,
  status: number,
  pointer: string | undefined,
  body: string | Buffer,
  headers?: Record<string, string>,
][] = [
  ['a body that is not JSON', 400, undefined, '{"customer_id":'],
  [
    'a customer of the wrong type',
    400,
    '#/customer_id',
    JSON.stringify(order({ customer_id: String(CUSTOMER) })),
  ],
  ['a field that is not known', 400, '#/coupon', JSON.stringify(order({ coupon: 'X' }))],
  ['no items', 400, '#/items', JSON.stringify(order({ items: [] }))],
  ['a negative price', 400, '#/items/0/price', item({ price: -1 })],
  ['a price with three decimals', 400, '#/items/0/price', item({ price: 1.999 })],
  ['a quantity of 0', 400, '#/items/0/quantity', item({ quantity: 0 })],
  [
    '101 items',
    400,
    '#/items',
    JSON.stringify(
      order({ items: Array(101).fill({ item_id: 'i', name: 'n', price: 1, quantity: 1 }) }),
    ),
  ],
  [
    'a name with a lone surrogate',
    400,
    '#/items/0/name',
    item({ name: 'X' }).replace('"X"', '"\\ud800"'),
  ],
  ['a body of 300 KiB', 413, undefined, item({ name: 'x'.repeat(300 * 1024) })],
  ['another content type', 415, undefined, item({}), { 'content-type': 'text/plain' }],
  ['a relative of JSON', 415, undefined, item({}), { 'content-type': 'application/vnd.api+json' }],
  ['an encoded body', 415, undefined, gzipSync(item({})), { ...json, 'content-encoding': 'gzip' }],
  ['bytes that are not UTF-8', 400, '#', Buffer.from(item({ name: 'Caf\u00e9' }), 'latin1')],
  [
    'a name given twice',
    400,
    '#/items/0/price',
    item({}).replace('"price":', '"price":1,"price":'),
  ],
  [
    'a customer that has to be rounded',
    400,
    '#/customer_id',
    item({}).replace(String(CUSTOMER), `${CUSTOMER}.${'0'.repeat(20)}1`),
  ],
  ['an unknown way', 400, undefined, item({})],
];

describe('A bad order', () => {
  afterAll(() => books.close());

  it.each(cases)(
    'with %s is refused with %i',
    async (what, status, pointer, body, headers = json) => {
      const path = what === 'an unknown way' ? '/orders/async?way=pigeon' : '/orders/async';

      const answer = await buyer.send('POST', path, body, headers);

      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.body).toMatchObject({
        status,
        title: expect.any(String),
        detail: expect.any(String),
      });
      if (pointer !== undefined) {
        expect(answer.body).toMatchObject({ errors: [{ pointer, detail: expect.any(String) }] });
      }
    },
  );

  it('is told every fault at once', async () => {
    const { body } = await buyer.post('/orders/async', {
      customer_id: 0,
      items: [{ item_id: '', name: 'n', price: 'x', quantity: 1.5 }],
    });

    const { errors } = body as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '#/customer_id',
      '#/items/0/item_id',
      '#/items/0/price',
      '#/items/0/quantity',
    ]);
  });

  it('leaves no order behind', async () => {
    expect(await books.ordersOf(CUSTOMER)).toEqual([]);
  });
});
