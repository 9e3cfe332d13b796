import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../../common/usageError.ts';
import { planPhases } from '../running/phasePlan.ts';
import { readOptions } from '../running/saleOptions.ts';
import { initDuration, runtimeFrom, seriesFrom } from './cloudWatch.ts';
import { approveAwsRun } from './costApproval.ts';
import { estimateRun } from './costEstimate.ts';

const silent = { line() {}, status() {} };

describe('the estimate of a run', () => {
  it('counts every order the closed loop can send and stays within cents', () => {
    const plan = planPhases({ quick: false, users: 20, workers: 20, seconds: undefined });
    const { orders, dollars } = estimateRun(plan);

    // 5 x 30 / 2 + 20 x 60 / 2 sync, 3 x 20 x 60 / 0.3 async
    expect(orders).toBe(75 + 600 + 12_000);
    expect(dollars).toBeGreaterThan(0.08);
    expect(dollars).toBeLessThan(0.2);
  });

  it('needs no permission for a service on this machine', async () => {
    const context = { kind: 'own' as const, stage: null };

    expect(await approveAwsRun(readOptions(['--max-orders', '7']), context, silent)).toBe(7);
  });
});

describe('what CloudWatch says of a phase', () => {
  const minute = new Date('2026-11-20T09:00:00Z');
  const series = seriesFrom([
    { Id: 'queueWorker_ConcurrentExecutions', Timestamps: [minute, minute], Values: [12, 20] },
    { Id: 'queueWorker_Duration', Timestamps: [minute], Values: [3_060_000] },
    { Id: 'orderSync_Throttles', Timestamps: [minute], Values: [360] },
  ]);

  it('becomes peaks, throttles, cold starts and billed GB-s by function', () => {
    expect(runtimeFrom(series, { queueWorker: 0.25 }, { queueWorker: [70, 80] })).toMatchObject({
      peakConcurrency: { queueWorker: 20 },
      throttles: { orderSync: 360 },
      coldStarts: { queueWorker: 2 },
      billedGbSeconds: { queueWorker: 765 },
      coldStartMs: { count: 2, p50: 70 },
    });
  });

  it('takes cold starts from REPORT lines alone', () => {
    const report =
      'REPORT RequestId: 1\tDuration: 3 ms\tMax Memory Used: 90 MB\tInit Duration: 71.35 ms\t\n';
    const json = '{"type":"platform.report","record":{"metrics":{"initDurationMs":71.35}}}';

    expect(initDuration(report)).toEqual([71.35]);
    expect(initDuration(json)).toEqual([71.35]);
    expect(initDuration('{"message":"Init Duration: 9 ms"}')).toEqual([]);
  });
});

describe('leave for a run on AWS', () => {
  const stage = { name: 'dev', region: 'us-east-1' } as never;

  it('is refused where nobody is there to ask', async () => {
    const asked = approveAwsRun(readOptions([]), { kind: 'aws', stage }, silent);

    await expect(asked).rejects.toThrow(
      new UsageError('There is no terminal to ask for confirmation: pass --yes to run it.'),
    );
  });

  it('is given by --yes, and the number of orders is limited all the same', async () => {
    expect(await approveAwsRun(readOptions(['--yes']), { kind: 'aws', stage }, silent)).toBe(
      15_210,
    );
  });
});
