import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DOCUMENT } from '../documentNumbers.ts';
import type { LoadPhase } from '../running/phasePlan.ts';
import type { Observation } from './phaseObservation.ts';
import { phaseOf } from './phaseResult.ts';
import { acceptedIds, type LoggedRequest, readRequestLog } from './requestLog.ts';
import type { FunctionCounts, SystemSample } from './systemSampler.ts';

const START = 1000;

const plan = (overrides: Partial<LoadPhase> = {}): LoadPhase => ({
  id: '3',
  kind: 'load',
  name: 'Queue and one worker',
  way: 'queued',
  users: 20,
  spawnRate: 10,
  seconds: 10,
  waitSeconds: DOCUMENT.asyncWaitSeconds,
  drains: false,
  leavesBacklog: false,
  queueSettlesAfter: 5,
  workers: 1,
  ...overrides,
});

const order = (at: number, overrides: Partial<LoggedRequest> = {}): LoggedRequest => ({
  at: START + at,
  name: 'POST /orders/async',
  status: 202,
  ms: 20,
  order_id: `order-${at}`,
  ...overrides,
});

const stats = (values: Partial<FunctionCounts>): FunctionCounts => ({
  concurrent: 0,
  throttles: 0,
  coldStarts: 0,
  billedGbSeconds: 0,
  ...values,
});

const sample = (
  at: number,
  visible: number,
  worker: Partial<FunctionCounts> = {},
): SystemSample => ({
  at: START + at,
  visible,
  inFlight: 10,
  deadLettered: 0,
  runtime: { functions: { queueWorker: stats(worker) }, async: { waiting: 0, running: 0 } },
});

const observe = (requests: LoggedRequest[], overrides: Partial<Observation> = {}): Observation => ({
  plan: plan(),
  startedAt: START,
  endedAt: START + 10,
  log: { requests, startedAt: START, endedAt: START + 10, cpu: [] },
  samples: [],
  completions: [],
  ...overrides,
});

describe('the load of a phase', () => {
  it('counts what was answered inside the window, refusals apart from failures', () => {
    const { load } = phaseOf(
      observe([
        order(1),
        order(2, { name: 'POST /orders/async [refused]', status: 503 }),
        order(3, { status: 500, error: 'unexpected status 500' }),
        order(9.99),
      ]),
      null,
    ).summary;

    expect(load).toMatchObject({ answered: 3, accepted: 1, refused: 1, failed: 1 });
  });

  it('keeps a failure that was sent inside the window and answered after it', () => {
    const { load } = phaseOf(
      observe([order(9.5, { ms: 30_000, status: 503, error: 'no answer in time' }), order(9.99)]),
      null,
    ).summary;

    expect(load).toMatchObject({ answered: 1, failed: 1, failures: [{ count: 1 }] });
  });

  it('asks what the closed loop can send: look-ups go on beside the visits', () => {
    const orders = Array.from({ length: 50 }, (_, index) => order(5 + index / 10));
    const lookUp = order(6, { name: 'GET /orders/{order_id}', status: 200, ms: 1000 });
    const { load } = phaseOf(observe([...orders, lookUp]), null).summary;

    expect(load?.sentPerSecond).toBe(10);
    expect(load?.askedPerSecond).toBeCloseTo(20 / (0.3 + 0.02), 6);
  });

  it('groups equal failures and caps their number', () => {
    const failures = Array.from({ length: 25 }, (_, index) => [
      order(1, { status: 500, error: `fault ${index}` }),
      order(2, { status: 500, error: 'the same' }),
    ]).flat();
    const { load } = phaseOf(observe(failures), null).summary;

    expect(load?.failures).toHaveLength(20);
    expect(load?.failures[0]).toEqual({
      name: 'POST /orders/async',
      message: 'the same',
      count: 25,
    });
    expect(load?.failuresNotShown).toBe(6);
  });
});

describe('the queue of a phase', () => {
  it('takes growth and arrivals over the same seconds', () => {
    const requests = Array.from({ length: 600 }, (_, index) => order(index / 60, { ms: 0 }));
    const samples = Array.from({ length: 11 }, (_, second) => sample(second, second * 56));
    const { queue } = phaseOf(observe(requests, { samples }), null).summary;

    expect(queue).toMatchObject({
      fromSecond: 5,
      toSecond: 10,
      peakVisible: 560,
      peakInFlight: 10,
    });
    expect(queue?.growthPerSecond).toBeCloseTo(56, 6);
    expect(queue?.arrivalsPerSecond).toBeCloseTo(60, 0);
  });

  it('has no rate of completion where nobody read the completions', () => {
    const observation = observe([order(6)], { samples: [sample(5, 1), sample(9, 2)] });
    const unread = phaseOf(
      { ...observation, completions: null },
      'broken off: the service is gone',
    );
    const none = phaseOf({ ...observation, completions: [] }, null);

    expect(unread.summary).toMatchObject({ queue: { completedPerSecond: null }, completion: null });
    expect(unread.samples[7]?.completed).toBeNull();
    expect(none.summary).toMatchObject({
      queue: { completedPerSecond: 0 },
      completion: { count: 0 },
    });
    expect(none.samples[7]?.completed).toBe(0);
  });

  it('bills what the counters went up by since the phase began', () => {
    const samples = [
      sample(-1, 0, { billedGbSeconds: 4, coldStarts: 2 }),
      sample(0.5, 0, { billedGbSeconds: 4, coldStarts: 2, concurrent: 3 }),
      sample(9, 0, { billedGbSeconds: 7, coldStarts: 2, concurrent: 1 }),
    ];
    const { runtime } = phaseOf(observe([], { samples }), null).summary;

    expect(runtime).toMatchObject({
      billedGbSeconds: { queueWorker: 3 },
      coldStarts: {},
      peakConcurrency: { queueWorker: 3 },
    });
  });
});

describe('the samples of a phase', () => {
  it('puts sending, answer and completion each into its own second', () => {
    const completions = [{ orderId: 'a', createdAt: START + 1, completedAt: START + 4.2 }];
    const { samples } = phaseOf(
      observe([order(1.9, { ms: 300 })], { completions, samples: [sample(2.1, 7)] }),
      null,
    );

    expect(samples).toHaveLength(10);
    expect(samples[1]).toMatchObject({ sent: 1, answers: {}, visible: null });
    expect(samples[2]).toMatchObject({ sent: 0, answers: { 202: 1 }, visible: 7 });
    expect(samples[4]).toMatchObject({ completed: 1 });
  });
});

describe('the samples of a beat that jitters', () => {
  it('take the latest of each second, and the one just before where a second has none', () => {
    const samples = [sample(0.01, 1), sample(0.98, 2), sample(2.02, 3), sample(2.99, 4)];

    const shown = phaseOf(observe([], { samples }), null).samples.map(({ visible }) => visible);

    expect(shown.slice(0, 5)).toEqual([2, 2, 4, 4, null]);
  });
});

describe('a request log', () => {
  it('is read up to the line that a killed Locust left unfinished', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'requests-'));
    const file = join(folder, 'requests.jsonl');
    const lines = [
      { event: 'start', at: START },
      order(2, { order_id: 'second' }),
      order(1, { order_id: 'first' }),
      order(3, { status: 503, order_id: 'refused' }),
      { event: 'cpu', at: START + 1, percent: 12 },
    ];
    await writeFile(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"at":10`);

    const log = await readRequestLog(file);

    expect(log).toMatchObject({ startedAt: START, endedAt: null, cpu: [{ percent: 12 }] });
    expect(acceptedIds(log)).toEqual(['first', 'second']);
    await rm(folder, { recursive: true });
  });

  it('ends where the first of several processes ended', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'requests-'));
    const file = join(folder, 'requests.jsonl');
    const ends = [START + 5, START + 9].map((at) => JSON.stringify({ event: 'end', at }));
    await writeFile(file, `${ends.join('\n')}\n`);

    expect(await readRequestLog(file)).toMatchObject({ endedAt: START + 5 });
    await rm(folder, { recursive: true });
  });

  it('is empty where Locust never started', async () => {
    expect(await readRequestLog(join(tmpdir(), 'no-such-log.jsonl'))).toMatchObject({
      requests: [],
      startedAt: null,
    });
  });
});
