import { describe, expect, it } from '@jest/globals';
import { sizing, workerPool } from './sizing.ts';

describe('The worker pool', () => {
  it.each([
    [1, { concurrency: 2, batchSize: 5 }],
    [2, { concurrency: 2, batchSize: 10 }],
    [20, { concurrency: 20, batchSize: 10 }],
  ])('of %i workers pays ten orders at a time for each of them', (workers, pool) => {
    expect(workerPool(workers, 10)).toEqual(pool);
  });

  it('rounds the half batch of a single worker up', () => {
    expect(workerPool(1, 1)).toEqual({ concurrency: 2, batchSize: 1 });
    expect(workerPool(1, 7)).toEqual({ concurrency: 2, batchSize: 4 });
  });
});

describe('The sizes of a stage', () => {
  it('follow from a payment of three seconds by default', () => {
    expect(sizing({}, 'dev')).toMatchObject({
      payment: { seconds: 3, timeoutMs: 5000 },
      processorTimeoutSeconds: 10,
      visibilitySeconds: 61,
      sync: { reservedConcurrency: 5, leaseSeconds: 15 },
      direct: { reservedConcurrency: 300 },
      workers: { concurrency: 20, reservedConcurrency: 20, batchSize: 10 },
    });
  });

  it.each([0, 0.1, 3, 7.5, 20])(
    'leave room for the answer when a payment takes %d s',
    (seconds) => {
      const { payment, processorTimeoutSeconds, visibilitySeconds } = sizing(
        { PAYMENT_SECONDS: String(seconds) },
        'dev',
      );

      expect(payment.timeoutMs).toBeGreaterThan(seconds * 1000);
      expect(processorTimeoutSeconds * 1000).toBeGreaterThan(payment.timeoutMs);
      expect(processorTimeoutSeconds).toBeLessThan(30);
      expect(visibilitySeconds).toBe(6 * processorTimeoutSeconds + 1);
    },
  );

  it('take an empty variable for one that is not set', () => {
    expect(sizing({ WORKER_COUNT: '' }, 'dev').workers.concurrency).toBe(20);
  });

  it('reserve nothing when reserved concurrency is off', () => {
    const { workers, sync, direct } = sizing({ RESERVED_CONCURRENCY: 'off' }, 'dev');

    expect([workers, sync, direct].map(({ reservedConcurrency }) => reservedConcurrency)).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('are refused with every parameter that breaks its rule', () => {
    const environment = {
      WORKER_COUNT: 'many',
      PAYMENT_SECONDS: '-1',
      SWEEPER: 'maybe',
      PAYMENT_FAULTS: '{"decline":2}',
    };

    expect(() => sizing(environment, 'dev')).toThrow(
      /WORKER_COUNT: .*got "many"\n.*PAYMENT_SECONDS: .*got "-1"\n.*SWEEPER: .*got "maybe"\n.*PAYMENT_FAULTS.decline/,
    );
  });

  it.each(['{', '[]', '{"explode":1}', '{"down":{"from":"yesterday","to":"today"}}'])(
    'are refused when PAYMENT_FAULTS is %s',
    (faults) => {
      expect(() => sizing({ PAYMENT_FAULTS: faults }, 'dev')).toThrow(/PAYMENT_FAULTS/);
    },
  );

  it('are refused for stage prod when payments are made to fail on purpose', () => {
    expect(() => sizing({ PAYMENT_FAULTS: '{}' }, 'prod')).toThrow(/refused for stage prod/);
  });
});
