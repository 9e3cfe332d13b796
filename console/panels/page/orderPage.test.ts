import { describe, expect, it } from '@jest/globals';
import { byWay, type OrderSample } from '../../../contracts/orderSample.ts';
import { readAddress, writeAddress } from '../../page/address.ts';
import { duration } from '../../page/format.ts';
import { lifeParts } from './lifeBar.ts';
import { findOrderId } from './orderApp.ts';
import { orderLife } from './orderLife.ts';
import { drainOf, meanWait, rates, total } from './orderRates.ts';

const noOrders = () => byWay(() => 0);

const VIEWS = ['overview', 'orders', 'logs'];

const ORDER = `ord_${'0123456789abcdef'.repeat(2)}`;

describe('The address', () => {
  it('holds view and filters and leaves out what is usual', () => {
    expect(writeAddress({ view: 'overview', minutes: 5, text: '' })).toBe('/');
    const address = writeAddress({ view: 'logs', text: 'a & b' });
    expect(readAddress(address.slice(1), VIEWS)).toMatchObject({
      view: 'logs',
      text: 'a & b',
      minutes: 5,
    });
  });

  it('shows the overview for a view that does not exist', () => {
    expect(readAddress('?view=nowhere&minutes=7', VIEWS)).toMatchObject({
      view: 'overview',
      minutes: 5,
    });
  });

  it.each([
    ORDER,
    `http://127.0.0.1/orders/${ORDER}?x=1`,
    `{"order_id":"${ORDER}"}`,
    ` ${ORDER.toUpperCase()} `,
  ])('finds the order id in %s', (text) => {
    expect(findOrderId(text)).toBe(ORDER);
  });
});

const samplesOf = (depths: number[]): OrderSample[] =>
  depths.map((visible, second) => ({
    at: second * 1000,
    seconds: 1,
    accepted: { ...noOrders(), queued: 6 },
    completed: noOrders(),
    declined: noOrders(),
    cancelled: noOrders(),
    refused: noOrders(),
    attemptsFailed: noOrders(),
    completionMs: {},
    promises: { ended: 0, kept: 0 },
    queues: { orders: { visible, inFlight: 0 } },
    events: { waiting: 0, running: 0 },
    functions: {},
    account: { running: 0, limit: 1000, unreserved: { running: 0, limit: 675 } },
    mapping: null,
    intake: null,
    latency: null,
  }));

describe('The queue', () => {
  it('is drained when it reaches zero at the rate of the last ten seconds', () => {
    const falling = Array.from({ length: 20 }, (_, second) =>
      second < 9 ? 500 : 500 - (second - 9) * 20,
    );
    expect(drainOf(samplesOf(falling), 'orders')).toEqual({ state: 'draining', seconds: 15 });
  });

  it('grows, stands or is empty otherwise', () => {
    expect(drainOf(samplesOf([0, 60, 120]), 'orders')).toEqual({ state: 'growing', perSecond: 60 });
    expect(drainOf(samplesOf([5, 5, 5]), 'orders')).toEqual({ state: 'standing' });
    expect(drainOf(samplesOf([5, 0]), 'orders')).toEqual({ state: 'empty' });
    expect(drainOf([], 'orders')).toEqual({ state: 'empty' });
  });

  it('takes rates over the last seconds', () => {
    expect(rates(samplesOf([0, 0, 0]), 'accepted')).toEqual({ sync: 0, queued: 6, direct: 0 });
  });

  it('counts orders over all samples, and weighs waits by the orders that had them', () => {
    const [first, second] = samplesOf([0, 0]) as [OrderSample, OrderSample];
    first.declined.queued = 2;
    second.declined.queued = 1;
    Object.assign(first, {
      completed: { ...noOrders(), queued: 3 },
      completionMs: { queued: 4000 },
    });
    Object.assign(second, {
      completed: { ...noOrders(), queued: 1 },
      completionMs: { queued: 8000 },
    });

    expect(total([first, second], 'declined')).toEqual({ sync: 0, queued: 3, direct: 0 });
    expect(meanWait([first, second], 'queued')).toBe(5);
    expect(meanWait([first, second], 'direct')).toBeUndefined();
  });

  it('says how long in words', () => {
    expect([duration(42), duration(150), duration(7200)]).toEqual(['42 s', '3 min', '2 h']);
  });
});

describe("An order's life", () => {
  const created = '2026-11-24T00:00:00.000Z';
  const order = { order_id: ORDER, status: 'completed', way: 'queued', created_at: created };
  const line = (functionKey: string, seconds: number, fields: object) => ({
    id: seconds,
    at: 0,
    functionKey,
    line: JSON.stringify({ timestamp: new Date(Date.parse(created) + seconds * 1000), ...fields }),
  });

  it('is told by its log lines with the time since it was taken', () => {
    const log = [
      line('orderAsync', 0, { message: 'order accepted' }),
      line('queueWorker', 1, { message: 'attempt failed', cause: 'the provider is down' }),
      line('queueWorker', 4.5, { message: 'charge answered', state: 'charged', took_ms: 3000 }),
      line('queueWorker', 4.6, { message: 'order ended', status: 'completed', charge_ms: 3000 }),
    ];

    expect(orderLife({ order, charges: [], isDead: false, log })).toEqual([
      { at: '0.0 s', title: 'order accepted', where: 'orderAsync' },
      {
        at: '1.0 s',
        title: 'attempt failed',
        where: 'queueWorker',
        problem: 'the provider is down',
      },
      { at: '4.5 s', title: 'charge answered: charged after 3.0 s', where: 'queueWorker' },
      {
        at: '4.6 s',
        title: 'order ended: completed, its charge took 3.0 s',
        where: 'queueWorker',
      },
    ]);
  });

  it('is told by its record where the log no longer knows', () => {
    const ended = { ...order, completed_at: '2026-11-24T00:00:09.000Z' };
    expect(orderLife({ order: ended, charges: [], isDead: false, log: [] })).toEqual([
      { at: '0 s', title: 'order accepted', where: '' },
      { at: '9.0 s', title: 'order ended: completed', where: '' },
    ]);
  });

  it('says what a pending order waits for', () => {
    const pending = { order: { ...order, status: 'pending' }, charges: [], isDead: false };
    const received = [line('queueWorker', 1, { message: 'order received' })];
    const failed = [line('queueWorker', 1, { message: 'attempt failed', cause: 'down' })];

    expect(orderLife({ ...pending, log: [] }).at(-1)?.title).toBe('waits for a worker');
    expect(orderLife({ ...pending, log: received }).at(-1)?.title).toBe('is being paid');
    expect(orderLife({ ...pending, log: failed }).at(-1)?.title).toContain('tried again');
    expect(orderLife({ ...pending, log: failed, isDead: true }).at(-1)?.title).toContain('is dead');
  });
});

describe("The picture of an order's life", () => {
  const created = '2026-11-24T00:00:00.000Z';
  const start = Date.parse(created);
  const order = { order_id: ORDER, status: 'completed', way: 'queued', created_at: created };
  const log = [
    ['order accepted', 0.1],
    ['order received', 2.1],
    ['attempt failed, the message has to come again', 2.6],
    ['order received', 62.6],
    ['order ended', 65.6, 3000],
  ].map(([message, seconds = 0, charge_ms], id) => ({
    id,
    at: start + Number(seconds) * 1000,
    functionKey: '',
    line: JSON.stringify({ message, charge_ms }),
  }));
  const words = (parts: ReturnType<typeof lifeParts>) =>
    parts.map(({ kind, seconds }) => `${kind} ${seconds.toFixed(1)}`);

  it('has a part for its acceptance, each wait, each attempt and the charge', () => {
    const stored = { order, charges: [], log, isDead: false };

    expect(words(lifeParts(stored, start))).toEqual([
      'taking 0.1',
      'waiting 2.0',
      'failed 0.5',
      'waiting 60.0',
      'charged 3.0',
    ]);
  });

  it('goes on to now for an open order, and says which one is dead', () => {
    const pending = { ...order, status: 'pending' };
    const stored = { order: pending, charges: [], log: log.slice(0, 3), isDead: false };

    expect(words(lifeParts(stored, start + 10_000)).at(-1)).toBe('waiting 7.4');
    expect(words(lifeParts({ ...stored, isDead: true }, start + 10_000)).at(-1)).toBe('dead 7.4');
    const received = { ...stored, log: log.slice(0, 2) };
    expect(words(lifeParts(received, start + 10_000)).at(-1)).toBe('charging 7.9');
  });
});
