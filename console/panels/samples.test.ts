import { describe, expect, it } from '@jest/globals';
import type { GatewaySecond, LambdaStats } from '../../contracts/runtimeStats.ts';
import { History } from '../history.ts';
import { MetricBook } from '../metricBook.ts';
import { Sampler } from '../sampler.ts';
import { OrderFigureBook } from './orderFigures.ts';

const emf = (name: string, values: number[], dimensions: Record<string, string>) =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        {
          Namespace: 'FlashSale',
          Dimensions: [Object.keys(dimensions)],
          Metrics: [{ Name: name, Unit: 'Count' }],
        },
      ],
    },
    [name]: values,
    ...dimensions,
  });

function world() {
  const metrics = new MetricBook();
  const state = { at: 1000, throttles: 0, coldStarts: 0, seconds: [] as GatewaySecond[] };
  const figures = new OrderFigureBook(metrics);
  const sampler = new Sampler({
    gateway: {
      stats: () => ({
        ...{ inFlight: 0, answers: 0, routes: {}, seconds: state.seconds },
        ...{ sentBytes: 0, accessLog: { lines: 0, bytes: 0 } },
      }),
    },
    figures: (stats, second) => figures.take(stats, second),
    lambda: {
      snapshot: () =>
        ({
          accountQuota: 1000,
          unreserved: { limit: 995, running: 1 },
          functions: {
            orderSync: {
              name: 'flash-sale-local-orderSync',
              concurrent: 3,
              reserved: 5,
              throttles: state.throttles,
            },
            health: {
              name: 'flash-sale-local-health',
              concurrent: 1,
              throttles: 0,
              coldStarts: state.coldStarts,
            },
          },
          mappings: [],
          async: { topicProcessor: { waiting: 2, running: 1 } },
        }) as unknown as LambdaStats,
    },
    queueDepths: async () => ({ orders: { visible: 7, inFlight: 2 } }),
    now: () => state.at,
  });
  return { metrics, state, sampler };
}

describe('A sample', () => {
  it('tells what happened since the one before', async () => {
    const { metrics, state, sampler } = world();
    metrics.add(emf('OrderAccepted', [1, 1, 1], { service: 'flash-sale', way: 'queued' }));
    state.at = 2000;
    await sampler.take();
    metrics.add(emf('OrderAccepted', [1, 1], { service: 'flash-sale', way: 'direct' }));
    metrics.add(
      emf('AcceptanceToCompletion', [1000, 3000], { service: 'flash-sale', way: 'sync' }),
    );
    state.at = 3500;
    state.throttles = 4;

    const sample = await sampler.take();

    expect(sample).toMatchObject({
      at: 3500,
      seconds: 1.5,
      accepted: { sync: 0, queued: 0, direct: 2 },
      completionMs: { sync: 2000 },
      queues: { orders: { visible: 7, inFlight: 2 } },
      events: { waiting: 2, running: 1 },
      account: { running: 4, limit: 1000, unreserved: { running: 1, limit: 995 } },
      mapping: null,
    });
    expect(sample.functions.orderSync).toMatchObject({ running: 3, limit: 5, throttled: 4 });
  });

  it('limits a function without a reservation by what the reservations leave', async () => {
    const { functions } = await world().sampler.take();

    expect(functions.orderSync?.limit).toBe(5);
    expect(functions.health?.limit).toBe(995);
  });

  it('counts cold starts by function', async () => {
    const { state, sampler } = world();
    state.coldStarts = 1;

    expect((await sampler.take()).functions.health?.coldStarts).toBe(1);
    expect((await sampler.take()).functions.health?.coldStarts).toBe(0);
  });
});

describe('The latency in a sample', () => {
  const latency = (p50Ms: number) => ({
    answers: 1,
    p50Ms,
    p95Ms: p50Ms,
    p99Ms: p50Ms,
    maxMs: p50Ms,
  });

  it('is that of the second that is over, of all answers and of accepted orders, and told once', async () => {
    const { state, sampler } = world();
    state.seconds = [{ at: 1, ...latency(40), statuses: { 200: latency(3000), 202: latency(8) } }];

    expect(await sampler.take()).toMatchObject({ latency: { p50Ms: 40 }, intake: { p50Ms: 8 } });
    expect(await sampler.take()).toMatchObject({ latency: null, intake: null });
  });
});

describe('The history', () => {
  it('keeps the newest samples and gives what came after an id', () => {
    const history = new History(3);
    for (const id of [1, 2, 3, 4]) history.add({ id, json: String(id) });

    expect(history.after().map(({ id }) => id)).toEqual([2, 3, 4]);
    expect(history.after(3).map(({ id }) => id)).toEqual([4]);
  });

  it('tells listeners until they stop', () => {
    const history = new History();
    const heard: number[] = [];
    const stop = history.onAdd(({ id }) => heard.push(id));
    history.add({ id: 1, json: '' });
    stop();
    history.add({ id: 2, json: '' });

    expect(heard).toEqual([1]);
  });
});
