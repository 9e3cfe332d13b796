import { describe, expect, it } from '@jest/globals';
import { StatsRecorder } from './gatewayStats.ts';

describe('gateway statistics', () => {
  it('count answers by route and status, over the whole run', () => {
    const stats = new StatsRecorder();
    stats.answered('POST /orders', 202, 5, 0);
    stats.answered('POST /orders', 503, 5, 90_000);
    stats.answered(undefined, 404, 5, 90_000);
    expect(stats.snapshot(90_000)).toMatchObject({
      answers: 3,
      routes: { 'POST /orders': { 202: 1, 503: 1 }, '-': { 404: 1 } },
    });
  });

  it('summarize a second once it is over, with percentiles by nearest rank', () => {
    const stats = new StatsRecorder();
    for (let latencyMs = 100; latencyMs >= 1; latencyMs -= 1)
      stats.answered('GET /', 200, latencyMs, 7_500);
    expect(stats.snapshot(7_999).seconds).toEqual([]);
    const latency = { answers: 100, p50Ms: 50, p95Ms: 95, p99Ms: 99, maxMs: 100 };
    expect(stats.snapshot(8_000).seconds).toEqual([
      { at: 7, ...latency, statuses: { 200: latency } },
    ]);
  });

  it('summarize the answers of each status apart', () => {
    const stats = new StatsRecorder();
    stats.answered('POST /orders/sync', 200, 3000, 7_000);
    stats.answered('POST /orders/async', 202, 8, 7_000);
    const [second] = stats.snapshot(8_000).seconds;
    expect(second?.statuses).toMatchObject({ 200: { p99Ms: 3000 }, 202: { answers: 1, p99Ms: 8 } });
  });

  it('keep the last 120 seconds that had an answer', () => {
    const stats = new StatsRecorder();
    for (let second = 0; second < 200; second += 1) stats.answered('GET /', 200, 1, second * 1_000);
    const { seconds } = stats.snapshot(200_000);
    expect(seconds.map(({ at }) => at)).toEqual(Array.from({ length: 120 }, (_, i) => 80 + i));
  });
});
