import { describe, expect, it } from '@jest/globals';
import { parseOrderRequest } from './orderRequest.ts';

const item = (overrides: object = {}) => ({
  item_id: 'sku-1',
  name: 'Lamp',
  price: 19.99,
  quantity: 3,
  ...overrides,
});
const body = (overrides: object = {}) => ({ customer_id: 7, items: [item()], ...overrides });

function faultsOf(value: unknown) {
  const parsed = parseOrderRequest(value);
  return 'faults' in parsed ? parsed.faults : [];
}

describe('an order request', () => {
  it('is taken as it came', () => {
    expect(parseOrderRequest(body())).toEqual({ request: body() });
  });

  it.each([
    ['no object', 'text', '#', 'must be an object, got "text"'],
    ['null', null, '#', 'must be an object, got null'],
    ['no items', body({ items: [] }), '#/items', 'must be an array of 1 to 100 items, got 0 items'],
    [
      '101 items',
      body({ items: Array.from({ length: 101 }, () => item()) }),
      '#/items',
      'must be an array of 1 to 100 items, got 101 items',
    ],
    [
      'a negative price',
      body({ items: [item({ price: -1 })] }),
      '#/items/0/price',
      'must be a number from 0 to 1000000 with at most 2 decimals, got -1',
    ],
    [
      'three decimals',
      body({ items: [item(), item({ price: 1.005 })] }),
      '#/items/1/price',
      'must be a number from 0 to 1000000 with at most 2 decimals, got 1.005',
    ],
    [
      'a price as text',
      body({ items: [item({ price: '1.00' })] }),
      '#/items/0/price',
      'must be a number from 0 to 1000000 with at most 2 decimals, got "1.00"',
    ],
    [
      'a quantity of 0',
      body({ items: [item({ quantity: 0 })] }),
      '#/items/0/quantity',
      'must be a whole number from 1 to 1000, got 0',
    ],
    [
      'half a quantity',
      body({ items: [item({ quantity: 0.5 })] }),
      '#/items/0/quantity',
      'must be a whole number from 1 to 1000, got 0.5',
    ],
    [
      'no customer',
      { items: [item()] },
      '#/customer_id',
      'must be a whole number from 1 to 9007199254740991, got nothing',
    ],
    [
      'an unsafe customer',
      body({ customer_id: 2 ** 53 }),
      '#/customer_id',
      'must be a whole number from 1 to 9007199254740991, got 9007199254740992',
    ],
    [
      'a long name',
      body({ items: [item({ name: 'x'.repeat(257) })] }),
      '#/items/0/name',
      expect.stringMatching(/^must be a text of 1 to 256 characters .*, got "x{79}…$/),
    ],
  ])('with %s is refused by its rule', (_, value, pointer, detail) => {
    expect(faultsOf(value)).toEqual([{ pointer, detail }]);
  });

  it('names all faults at once', () => {
    const faults = faultsOf({
      customer_id: 'x',
      items: [item({ price: 1.005, quantity: 0 })],
      foo: 1,
    });

    expect(faults.map(({ pointer }) => pointer)).toEqual([
      '#/customer_id',
      '#/items/0/price',
      '#/items/0/quantity',
      '#/foo',
    ]);
  });

  it('refuses unknown fields by name, at any depth', () => {
    expect(faultsOf(body({ items: [item({ 'a/b~c ü': 1 })] }))).toEqual([
      {
        pointer: '#/items/0/a~1b~0c%20%C3%BC',
        detail: 'is not a field of this object: unknown fields are refused, got "a/b~c ü"',
      },
    ]);
  });

  it('refuses lone surrogates, and repeats them well-formed', () => {
    const [fault] = faultsOf(body({ items: [item({ name: 'a\ud800' })], 'b\udc00': 1 }));

    expect(fault?.pointer).toBe('#/items/0/name');
    expect(JSON.stringify(faultsOf(body({ 'b\udc00': 1 }))).isWellFormed()).toBe(true);
  });

  it('cuts an excerpt within an emoji without leaving half of it', () => {
    const [fault] = faultsOf(
      body({ items: [item({ item_id: `${'x'.repeat(78)}😀${'x'.repeat(50)}` })] }),
    );

    expect(fault?.detail.isWellFormed()).toBe(true);
  });

  it('lists at most 100 faults and says how many are left out', () => {
    const unknown = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`f${index}`, 1]));
    const faults = faultsOf(body(unknown));

    expect(faults).toHaveLength(101);
    expect(faults.at(-1)).toEqual({ pointer: '#', detail: '50 more faults are not listed' });
  });
});
