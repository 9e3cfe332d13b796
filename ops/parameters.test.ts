import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { sizing, workerPool } from './parameters.ts';

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
      direct: { reservedConcurrency: 215 },
      workers: { concurrency: 22, reservedConcurrency: 22, batchSize: 10 },
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

  it('have a breaker only where a sweeper brings back what it puts away', () => {
    expect(sizing({}, 'dev').breakerTable).toEqual({ Ref: 'OperationsTable' });
    expect(sizing({ SWEEPER: 'off' }, 'dev').breakerTable).toBe('');
  });

  it('take an empty variable for one that is not set', () => {
    expect(sizing({ WORKER_COUNT: '' }, 'dev').workers.concurrency).toBe(22);
  });

  it('let three stages into an account of 1,000 executions, of which 100 stay unreserved', () => {
    const { workers, sync, direct, intake, sweeper } = sizing({}, 'dev');
    const reserved = [workers, sync, direct, intake, sweeper].map((of) => of.reservedConcurrency);

    expect(reserved.reduce((sum: number, each) => sum + (each ?? 0), 0)).toBeLessThanOrEqual(300);
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
      /^WORKER_COUNT: .*got "many"\nPAYMENT_SECONDS: .*got "-1"\nSWEEPER: .*got "maybe"\nPAYMENT_FAULTS.decline: .*got ".*2.*"$/,
    );
  });

  it('hold what a provider that is asked over HTTP needs, and none of it without one', () => {
    const given = { PAYMENT_PROVIDER: 'http', PAYMENT_API_KEY: 'sk_test_1' };

    expect(sizing(given, 'dev').paymentApi).toEqual({
      PAYMENT_API_URL: 'https://api.stripe.com',
      PAYMENT_API_KEY: 'sk_test_1',
      PAYMENT_CURRENCY: 'usd',
      PAYMENT_METHOD: 'pm_card_visa',
    });
    expect(sizing({}, 'dev')).not.toHaveProperty('paymentApi');
    expect(() => sizing({ PAYMENT_PROVIDER: 'http' }, 'dev')).toThrow(/^PAYMENT_API_KEY: must be/);
    expect(() => sizing({ ...given, PAYMENT_FAULTS: '{"decline":1}' }, 'dev')).toThrow(
      /^PAYMENT_FAULTS: needs PAYMENT_PROVIDER=simulated/,
    );
    expect(() => sizing({ PAYMENT_CURRENCY: 'eur' }, 'dev')).toThrow(
      /^PAYMENT_CURRENCY: needs PAYMENT_PROVIDER=http/,
    );
  });

  const WHOLE_1_TO_10000 = 'must be a whole number from 1 to 10000';
  const WHOLE_1_TO_1000000 = 'must be a whole number from 1 to 1000000';
  const WRONG: Record<string, [rule: string, ...values: string[]]> = {
    WORKER_COUNT: [
      'must be a whole number from 1 to 1000',
      ...['abc', '0', '1001', '1.5', '-1', '1e2', '0x10', ' ', 'NaN', 'Infinity'],
    ],
    BATCH_SIZE: ['must be a whole number from 1 to 1000', '0', '1001', 'ten'],
    SYNC_CONCURRENCY: [WHOLE_1_TO_10000, '0', '10001', '5,0'],
    DIRECT_CONCURRENCY: [WHOLE_1_TO_10000, '0', 'all'],
    PAYMENT_SECONDS: ['must be a number from 0 to 20', '-1', '20.1', '3s', '.', ' ', '1,5'],
    ASYNC_WAY: ['must be queued or direct', 'sync', 'QUEUED'],
    MEMORY_MB: ['must be a whole number from 128 to 10240', '127', '10241', '1GB'],
    RESERVED_CONCURRENCY: ['must be on or off', 'true', 'ON'],
    ORDER_ID_SALT: ['must have 16 characters or more', 'fifteen letters'],
    SWEEP_AFTER_SECONDS: ['must be a whole number from 1 to 86400', '0', '86401', '15m'],
    MAX_PROMISE_SECONDS: ['must be a whole number from 1 to 86400', '0', '1m'],
    ORDER_DEADLINE_SECONDS: ['must be a whole number from 1 to 86400', '0'],
    SWEEPER: ['must be on or off', 'no'],
    PAYMENT_FAULTS: ['must be a JSON object', 'xyz', '[]', '7', '"decline"', 'null'],
    PAYMENT_PROVIDER: ['must be simulated or http', 'stripe'],
    PAYMENT_API_URL: ['must be an https URL', 'api.stripe.com', 'http://10.0.0.1', 'https://'],
    PAYMENT_API_KEY: ['must be 8 visible ASCII characters', 'sk_test', 'sk_test with spaces'],
    PAYMENT_CURRENCY: ['must be three small letters', 'USD', 'dollar'],
    PAYMENT_METHOD: ['must be the id of a payment method', 'pm card'],
    ALARM_TOPIC_ARN: ['must be the ARN of an SNS topic', 'alarms', 'arn:aws:sqs:us-east-1:1:a'],
    LOG_RETENTION_DAYS: ['must be one of 1, 3, 5, 7, 14', '2', '14.0', 'ever'],
    SYSTEM_LOG_LEVEL: ['must be DEBUG, INFO or WARN', 'warn', 'ERROR'],
    LOG_SAMPLE_RATE: ['must be a number from 0 to 1', '1.1', '-0.1', '10%'],
    TRACING: ['must be on or off', 'xray'],
    INTAKE_CONCURRENCY: [WHOLE_1_TO_10000, '0'],
    THROTTLE_RATE: [WHOLE_1_TO_1000000, '0', '0.5'],
    THROTTLE_BURST: [WHOLE_1_TO_1000000, '0'],
    STATUS_THROTTLE_RATE: [WHOLE_1_TO_1000000, '0'],
    STATUS_THROTTLE_BURST: [WHOLE_1_TO_1000000, '-1'],
    WARM_READS: ['must be a whole number from 12000 to 1000000', '11999', 'warm'],
    WARM_WRITES: ['must be a whole number from 4000 to 1000000', '3999'],
    DELETION_PROTECTION: ['must be on or off', 'yes'],
    ALARMS: ['must be on or off', 'none'],
    DASHBOARD: ['must be on or off', '0'],
    STOCK: ['must be on or off', 'yes'],
    UNITS_PER_CUSTOMER: ['must be a whole number from 1 to 100', '0', '101', 'two'],
  };

  it.each(
    Object.entries(WRONG).flatMap(([name, [rule, ...values]]) =>
      values.map((value) => [name, value, rule] as const),
    ),
  )('are refused in one line when %s is %j', (name, value, rule) => {
    const given = ['ORDER_ID_SALT', 'PAYMENT_API_KEY'].includes(name)
      ? String(value.length)
      : JSON.stringify(value);
    let said = '';
    try {
      sizing({ [name]: value }, 'dev');
    } catch (error) {
      said = (error as Error).message;
    }

    expect(said.split('\n')).toEqual([expect.stringContaining(`${name}: ${rule}`)]);
    expect(said.endsWith(`, got ${given}`)).toBe(true);
  });

  it('wants a longest promise that an empty queue can keep', () => {
    const asked = { PAYMENT_SECONDS: '3', MAX_PROMISE_SECONDS: '7' };
    expect(() => sizing(asked, 'dev')).toThrow(
      'MAX_PROMISE_SECONDS: must be at least 8, which an order is promised that finds the queue empty, got "7"',
    );
    expect(sizing({ ...asked, MAX_PROMISE_SECONDS: '8' }, 'dev').maxPromiseSeconds).toBe('8');
  });

  it('refuse a limit of units for each customer where there is no stock', () => {
    expect(() => sizing({ UNITS_PER_CUSTOMER: '2' }, 'dev')).toThrow(
      'UNITS_PER_CUSTOMER: needs STOCK=on, got "2" without it',
    );
    expect(sizing({ UNITS_PER_CUSTOMER: '2', STOCK: 'on' }, 'dev').stock).toEqual({
      ...{ unitsPerCustomer: '2', leaseSeconds: 25 },
    });
  });

  it.each(['a/b', 'a b', 'a_b'])('are refused for a stage that is called %s', (stage) => {
    expect(() => sizing({}, stage)).toThrow(
      `--stage: must be ASCII letters, digits and hyphens, got "${stage}"`,
    );
  });

  it('are tried above with a wrong value each, and so is every one of the README', () => {
    const readme = readFileSync(path.join(import.meta.dirname, '../README.md'), 'utf8');
    const table = readme.split('## Parameters')[1]?.split('\n## ')[0] ?? '';
    const names = [...table.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, name]) => name);

    expect(Object.keys(WRONG).sort()).toEqual(names.sort());
  });

  it.each(['{', '[]', '{"explode":1}', '{"down":{"from":"yesterday","to":"today"}}'])(
    'are refused when PAYMENT_FAULTS is %s',
    (faults) => {
      expect(() => sizing({ PAYMENT_FAULTS: faults }, 'dev')).toThrow(/PAYMENT_FAULTS/);
    },
  );

  it.each(['prod', 'production', 'prod-eu', 'live', 'main', 'black-friday', 'testament'])(
    'are refused for stage %s when payments are made to fail on purpose',
    (stage) => {
      expect(() => sizing({ PAYMENT_FAULTS: '{}' }, stage)).toThrow(`refused for stage ${stage}`);
    },
  );

  it.each(['local', 'dev', 'dev-anna', 'test2', 'e2e'])(
    'let payments fail on purpose on stage %s, which is named as one for trials',
    (stage) => {
      expect(sizing({ PAYMENT_FAULTS: '{"decline":1}' }, stage).payment.faults).toBe(
        '{"decline":1}',
      );
    },
  );
});
