import { describe, expect, it } from '@jest/globals';
import { anOrder, aSyncOrder } from '../testing/world.ts';
import { faultyAttributes, readCharge, readOrder } from './storedRow.ts';

const charge = {
  charge_id: `${anOrder().order_id}#1`,
  order_id: anOrder().order_id,
  amount_cents: 5997,
  outcome: 'charged',
  begun_at: '2026-11-27T12:00:00.000Z',
  resolves_at: '2026-11-27T12:00:03.000Z',
};

describe('a stored row', () => {
  it('is an order at every stage of its life', () => {
    const order = aSyncOrder();
    for (const row of [
      order,
      { ...order, pledge: 'given', attempts: 2, last_error: { at: 'then', cause: 'a reason' } },
      { ...order, status: 'completed', completed_at: order.created_at, payment_id: 'p' },
      { ...order, total_cents: 0, added_later: true },
    ]) {
      expect(readOrder(row)).toBe(row);
    }
  });

  it.each([
    ['total_cents', undefined],
    ['total_cents', -5],
    ['total_cents', 99.5],
    ['total_cents', '1000'],
    ['total_cents', 2 ** 53],
    ['revision', undefined],
    ['revision', 0],
    ['accepted_at', undefined],
    ['accepted_at', 'yesterday'],
    ['way', 'pigeon'],
    ['status', 'paid'],
    ['order_id', 'odd'],
    ['order_id', 7],
    ['customer_id', '7'],
    ['items', []],
    ['items', [null]],
    ['items', [{ ...anOrder().items[0], price: 'x' }]],
    ['items', 'text'],
    ['pledge', 'maybe'],
    ['last_error', 'text'],
    ['earlier_errors', [{ at: 'then' }]],
    ['sweep_at', 7],
    ['sweep_at', null],
  ])('whose %s is %j is no order, and says why', (name, value) => {
    const row = { ...anOrder(), [name]: value };

    expect(faultyAttributes(row)).toEqual([name]);
    expect(() => readOrder(row)).toThrow(
      `what is stored is not an order: ${name} missing or wrong`,
    );
  });

  it.each([
    ['amount_cents', undefined],
    ['amount_cents', -5],
    ['outcome', 'refunded'],
    ['outcome', undefined],
    ['resolves_at', 'soon'],
  ])('whose %s is %j is not a charge', (name, value) => {
    expect(readCharge(charge)).toBe(charge);
    expect(() => readCharge({ ...charge, [name]: value })).toThrow(
      `what is stored is not a charge: ${name} missing or wrong`,
    );
  });
});
