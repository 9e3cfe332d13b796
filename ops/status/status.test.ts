import { describe, expect, it } from '@jest/globals';
import { byWay } from '../../contracts/orderSample.ts';
import type { Figures } from './measured.ts';
import { statusOf } from './stageStatus.ts';
import { describeStatus } from './statusText.ts';

const none = byWay(() => 0);
const figures = (changes: Partial<Figures>): Figures => ({
  ...{ seconds: 60, accepted: none, completed: none, declined: none, cancelled: none },
  ...{ throttled: {}, promises: { ended: 0, kept: 0 } },
  ...changes,
});
const AT = Date.parse('2026-11-27T12:00:00.000Z');

/** A queue of 600 that 20 workers take from. */
const parts = (newest: Partial<Figures> | undefined) => ({
  stage: 'local',
  nowMs: AT,
  open: { byWay: { ...none, queued: 600 }, oldestMs: AT - 95_000 },
  measured: newest && {
    recent: figures({
      ...{ seconds: 900, throttled: { queueWorker: 3 }, promises: { ended: 800, kept: 760 } },
    }),
    newest: figures(newest),
  },
  queue: { waiting: 500, delayed: 0, inFlight: 100 },
  breaker: { state: 'open', by: 'auto', since: '2026-11-27T11:58:00.000Z' } as const,
  deadLetters: { queued: 0, direct: 2 },
  workers: { maximum: 20, batch_size: 10, state: 'Enabled' },
  paymentSeconds: 3,
  wholeBatch: 10,
  memoryMb: 256,
});

describe('The status of a stage', () => {
  it('tells when the queue is drained, and how many workers keep up', () => {
    const status = statusOf(
      parts({ accepted: { ...none, queued: 2400 }, completed: { ...none, queued: 3600 } }),
    );
    expect(status).toMatchObject({
      open: { by_way: { queued: 600 }, oldest_seconds: 95 },
      rates: { accepted: { queued: 40 }, ended: { queued: 60 } },
      drained_in_seconds: 30,
      workers: { needed: 13 },
    });
    const screen = describeStatus(status);
    expect(screen).toMatch(/oldest open +1 min 35 s\n/);
    expect(screen).toMatch(/queue +500 waiting, 100 in flight; drained in 30 s at this rate\n/);
    expect(screen).toMatch(
      /workers +maximum concurrency 20 of 10 orders, Enabled, 13 needed to keep up\n/,
    );
    expect(screen).toMatch(/breaker +open: no charge is tried, since 2026-11-27T11:58:00.000Z\n/);
    expect(screen).toMatch(/dead letters +0 queued, 2 direct: sls dlq list\n/);
    expect(screen).toMatch(/promises +95.0 % of 800 kept \(the last 15 min\)\n/);
    expect(screen).toMatch(/throttles +queueWorker 3$/);
  });

  it.each([
    ['idle', { queue: { waiting: 0, delayed: 0, inFlight: 0 } }, {}],
    ['keeping up', { queue: { waiting: 90, delayed: 0, inFlight: 200 } }, { queued: 600 }],
    ['falling behind', { queue: { waiting: 500, delayed: 0, inFlight: 200 } }, { queued: 3600 }],
    ['draining', { queue: { waiting: 500, delayed: 0, inFlight: 200 } }, { queued: 60 }],
    ['charges stopped', {}, { queued: 60 }],
  ])('says that it is %s', (outlook, changes, accepted) => {
    const measured = parts({
      accepted: { ...none, ...accepted },
      completed: { ...none, queued: 1200 },
    });
    const breaker = outlook === 'charges stopped' ? measured.breaker : null;

    expect(statusOf({ ...measured, breaker, ...changes }).outlook).toBe(outlook);
  });

  it('says that a queue which grows does not drain', () => {
    const status = statusOf(parts({ accepted: { ...none, queued: 3600 } }));
    expect(status.drained_in_seconds).toBeNull();
    expect(describeStatus(status)).toContain('it does not drain at this rate');
  });

  it('claims no rate where nothing was measured', () => {
    const status = statusOf(parts(undefined));
    expect(status).toMatchObject({
      rates: null,
      ended: null,
      drained_in_seconds: null,
      promises: null,
      throttles: null,
    });
    expect(describeStatus(status)).toContain('its rate was not measured');
    expect(describeStatus(status)).toMatch(/completed +– +– +–/);
  });
});
