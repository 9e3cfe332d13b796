import { describe, expect, it } from '@jest/globals';
import { coarsePlan } from './coarse/coarse.ts';
import { exactPlan } from './exact/exact.ts';
import { beginOf } from './inputs/load.ts';
import { leastWorkers, makePlan } from './plan.ts';
import { planned, settingsFor } from './testing/settings.ts';

const MINUTE_AT_60 = { rate: '60', duration: '60s' };

describe('a plan, event by event', () => {
  it('has as many executions as come in the time that one takes: Little', async () => {
    const { concurrency } = await planned({ ...MINUTE_AT_60, way: 'direct', memory: '1769' });

    // 60/s x 3.0044 s; the first three seconds fill up.
    expect(concurrency.processors.peak).toBeGreaterThan(178);
    expect(concurrency.processors.peak).toBeLessThan(188);
  });

  it('of 20 workers that pay one at a time ends a minute at 60/s with 3,200 messages, and 480 s later', async () => {
    const { peakVisible, drainSeconds, completed } = await planned({
      ...MINUTE_AT_60,
      workers: '20',
      batch: '1',
    });

    expect(peakVisible.messages).toBeGreaterThanOrEqual(3150);
    expect(peakVisible.messages).toBeLessThanOrEqual(3250);
    expect(drainSeconds).toBeGreaterThanOrEqual(470);
    expect(drainSeconds).toBeLessThanOrEqual(520);
    expect(completed).toBe(3600);
  });

  it('of 20 workers that pay ten at a time has a short queue, and 185 to 200 in flight', async () => {
    const { peakVisible, samples } = await planned({ ...MINUTE_AT_60, workers: '20', batch: '10' });

    expect(peakVisible.messages).toBeGreaterThanOrEqual(20);
    expect(peakVisible.messages).toBeLessThanOrEqual(120);
    const steady = samples.filter(({ second }) => second >= 10 && second < 60);
    const inFlight = steady.reduce((sum, sample) => sum + sample.inFlight, 0) / steady.length;
    expect(inFlight).toBeGreaterThanOrEqual(185);
    expect(inFlight).toBeLessThanOrEqual(200);
  });

  it('accepts a fifth of 20 buyers at five payments a time, in 19 of 20 sales between 19 and 21 %', async () => {
    const shares = [];
    for (let seed = 0; seed < 200; seed += 1) {
      const sale = { rate: 'closed:20', duration: '60s', way: 'sync', seed: String(seed) };
      const { accepted, offered } = await planned(sale);
      shares.push((100 * accepted) / offered);
    }

    expect(shares.filter((share) => share >= 19 && share <= 21).length).toBeGreaterThanOrEqual(190);
  }, 60_000);

  it('of an account with a quota of ten takes 5 to 10 % of the buyers, and drops hardly any order', async () => {
    const { accepted, offered, dropped, unfinished } = await planned({
      ...{ rate: '60', duration: '10m', way: 'direct', quota: '10' },
    });

    expect(accepted / offered).toBeGreaterThanOrEqual(0.05);
    expect(accepted / offered).toBeLessThanOrEqual(0.1);
    expect((dropped + unfinished) / accepted).toBeLessThan(0.01);
  }, 60_000);

  it('brings failed charges back when their messages are visible again', async () => {
    const faults = '{"decline":0.1,"before":0.2}';
    const { completed, declined, dropped, drainSeconds } = await planned({
      ...MINUTE_AT_60,
      faults,
    });

    expect(completed + declined + dropped).toBe(3600);
    expect(declined / 3600).toBeCloseTo(0.1, 1);
    // 0.2 to the fifth of 3,600, about.
    expect(dropped).toBeLessThan(6);
    expect(drainSeconds).toBeGreaterThan(60);
  });

  it('sees every second of a sale that ends between two', async () => {
    const { load, ...settings } = settingsFor({ rate: '60', workers: '3' });

    const { samples } = await exactPlan({ ...settings, load: beginOf(load, 10.05) });

    expect(samples.slice(3, 15).every(({ visible }) => visible > 0)).toBe(true);
  });

  it('is the same again with the same seed, and another with another', async () => {
    const sale = { rate: 'closed:20', duration: '20s', payment: '2..4' };
    const [first, again, other] = [
      await planned({ ...sale, seed: '1' }),
      await planned({ ...sale, seed: '1' }),
      await planned({ ...sale, seed: '2' }),
    ];

    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('starts as many payments as provisioned pollers take, from the first second', async () => {
    const settings = { rate: '600', duration: '20s', workers: '200' };
    const [usual, provisioned] = [
      await planned(settings, { INTAKE_CONCURRENCY: '100' }),
      await planned({ ...settings, pollers: '20' }, { INTAKE_CONCURRENCY: '100' }),
    ];

    expect(provisioned.peakVisible.messages).toBeLessThan(usual.peakVisible.messages / 4);
  });
});

describe('the coarse method', () => {
  it('drops 61.1 % of the events of an hour at 60/s before ten executions', () => {
    const options = { rate: '60', duration: '1h', way: 'direct', memory: '1769' };
    const { dropped, accepted } = coarsePlan(settingsFor(options, { DIRECT_CONCURRENCY: '10' }));

    expect(accepted).toBeCloseTo(216_000, 0);
    expect((100 * dropped) / accepted).toBeGreaterThan(60.6);
    expect((100 * dropped) / accepted).toBeLessThan(61.6);
  });

  it.each([
    ['a backlog of single payments', { rate: '60', workers: '20', batch: '1' }],
    ['batches of ten', { rate: '60', workers: '20', batch: '10' }],
    ['too few workers', { rate: '200', workers: '33' }],
    ['the direct way', { rate: '60', way: 'direct' }],
  ])('is near the exact one: %s', async (_, options) => {
    const settings = settingsFor({ ...options, duration: '60s' });
    const exact = await exactPlan(settings);
    const coarse = coarsePlan(settings);

    const near = (of: (outcome: typeof exact) => number, least: number) =>
      expect(Math.abs(of(coarse) - of(exact))).toBeLessThanOrEqual(
        Math.max(least, of(exact) * 0.03),
      );
    near(({ accepted }) => accepted, 1);
    near(({ completed }) => completed, 1);
    near(({ peakVisible }) => peakVisible.messages, 40);
    near(({ concurrency }) => concurrency.processors.mean, 1);
    near(({ waitSeconds }) => waitSeconds.p50 ?? 0, 0.3);
  });

  it('is near the exact one with too many events, but for which of them wait: back-off takes nobody in turn', async () => {
    const settings = settingsFor({ rate: '120', way: 'direct', duration: '60s' });
    const [exact, coarse] = [await exactPlan(settings), coarsePlan(settings)];

    expect(coarse.completed).toBeCloseTo(exact.completed, 0);
    expect(coarse.peakEventsWaiting / exact.peakEventsWaiting).toBeCloseTo(1, 1);
  });

  it('takes 36 million orders', async () => {
    const { outcome, coarseError } = await makePlan(
      settingsFor(
        { rate: '10000', duration: '1h', workers: '1000', batch: '50', quota: '20000' },
        { INTAKE_CONCURRENCY: '2000', THROTTLE_RATE: '10000', THROTTLE_BURST: '5000' },
      ),
    );

    expect(outcome.method).toBe('coarse');
    expect(outcome.completed).toBeCloseTo(36_000_000, -2);
    expect(coarseError?.figures.length).toBeGreaterThan(0);
  }, 60_000);
});

describe('the least workers', () => {
  it('have paid the last order in time, and one fewer have not', async () => {
    const settingsOf = (workers: number) =>
      settingsFor({ rate: '200', duration: '60s', workers: String(workers) });

    const workers = await leastWorkers(60, settingsOf);

    const drained = async (count: number) => (await exactPlan(settingsOf(count))).drainSeconds;
    expect(await drained(workers ?? 0)).toBeLessThanOrEqual(60);
    expect(await drained((workers ?? 0) - 1)).toBeGreaterThan(60);
  }, 60_000);

  it('are not there when no number is enough', async () => {
    const settingsOf = (workers: number) =>
      settingsFor({ rate: '60', duration: '60s', workers: String(workers), payment: '5' });

    expect(await leastWorkers(3, settingsOf)).toBeUndefined();
  });
});
