import '../testing/environment.ts';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { OrderError } from '../domain/errors.ts';
import { captureLog, lambdaContext } from '../testing/lambda.ts';
import { anOrder } from '../testing/world.ts';
import { eventStack } from './eventStack.ts';
import { METRIC } from './metricNames.ts';
import { reportOrderEvent } from './reportOrderEvent.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** What one invocation writes that reports these events. */
async function written(...events: Parameters<typeof reportOrderEvent>[0][]) {
  const log = captureLog();
  await eventStack(async () => events.forEach(reportOrderEvent))({}, lambdaContext());
  return log;
}

describe('what happened to orders', () => {
  it('never mixes the ways of a batch', async () => {
    const [queued, direct] = [anOrder(), anOrder({ way: 'direct' })];
    const log = await written(
      { type: 'accepted', order: queued },
      { type: 'accepted', order: direct },
      { type: 'accepted', order: queued },
    );

    const accepted = log.metricLines().filter((line) => METRIC.orderAccepted in line);
    expect(accepted).toMatchObject([
      { way: 'queued', OrderAccepted: [1, 1] },
      { way: 'direct', OrderAccepted: 1 },
    ]);
    expect(accepted[0]).toMatchObject({
      service: 'flash-sale',
      _aws: {
        CloudWatchMetrics: [{ Namespace: 'FlashSale', Dimensions: [['service', 'stage', 'way']] }],
      },
    });
  });

  it('counts each end by its state, and times completions only', async () => {
    const order = anOrder();
    const at_ms = Date.parse(order.accepted_at) + 4_000;
    const log = await written(
      { type: 'ended', order: { ...order, status: 'completed' }, at_ms },
      { type: 'ended', order: { ...order, status: 'declined' }, at_ms },
      { type: 'ended', order: { ...order, status: 'cancelled' }, at_ms },
    );

    expect(log.sum('OrderCompleted')).toBe(1);
    expect(log.sum('OrderDeclined')).toBe(1);
    expect(log.sum('OrderCancelled')).toBe(1);
    expect(log.sum('AcceptanceToCompletion')).toBe(4_000);
  });

  it('tells the share of promises that were kept', async () => {
    const expected = { atMs: Date.parse('2026-11-27T12:01:00.000Z'), ahead: 0 };
    const order = { ...anOrder({ expected }), status: 'completed' as const };
    const log = await written(
      { type: 'ended', order, at_ms: expected.atMs },
      { type: 'ended', order, at_ms: expected.atMs + 60_000 },
    );

    expect(log.metricLines()).toContainEqual(
      expect.objectContaining({ way: 'queued', PromiseKept: [1, 0] }),
    );
  });

  it('loses no other metric to a value that is not a number, or is negative', async () => {
    const order = { ...anOrder(), status: 'completed' as const };
    const at_ms = Date.parse(order.accepted_at) + 4_000;
    const log = await written(
      { type: 'ended', order, at_ms },
      { type: 'ended', order: { ...order, accepted_at: 'yesterday' }, at_ms },
      { type: 'ended', order, at_ms: Number.POSITIVE_INFINITY },
      { type: 'ended', order: { ...order, accepted_at: '9999-12-31T00:00:00.000Z' }, at_ms },
    );

    expect(log.sum('OrderCompleted')).toBe(4);
    expect(log.sum('AcceptanceToCompletion')).toBe(4_000);
    expect(JSON.stringify(log.metricLines())).not.toContain('null');
  });

  it('counts repeats by key apart from deliveries that charged nothing', async () => {
    const order = anOrder();
    const log = await written(
      { type: 'replayed', order },
      { type: 'replayed', order },
      { type: 'chargeAvoided', order, state: 'completed' },
    );

    expect([log.sum('OrderRepeated', 'queued'), log.sum('ChargeAvoided', 'queued')]).toEqual([
      2, 1,
    ]);
    expect(log.sum('OrderAccepted')).toBe(0);
  });

  it('is logged with the order id, and with nothing that the buyer sent', async () => {
    const order = anOrder();
    const error = new OrderError('payment_unsettled', 'no answer', {
      order,
      cause: new Error('why'),
    });
    const log = await written(
      { type: 'received', order },
      { type: 'chargeFailed', order, error },
      { type: 'attemptFailed', order_id: order.order_id, way: 'queued', error },
    );

    expect(log.messages().map(({ order_id }) => order_id)).toEqual(Array(3).fill(order.order_id));
    expect(log.messages()[1]).toMatchObject({
      level: 'WARN',
      cause: 'OrderError: no answer <- Error: why',
    });
    expect(JSON.stringify(log.lines)).not.toContain('Lamp');
  });

  it('measures what a sweep found', async () => {
    const log = await written({ type: 'swept', due: 3, oldest_age_ms: 90_000 });

    expect([log.sum('OrdersDue'), log.sum('OpenOrderAge')]).toEqual([3, 90]);
  });
});
