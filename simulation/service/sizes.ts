import { type Sizing, sizing, type WorkerPool, workerPool } from '../../ops/parameters.ts';
import type { Settings } from './history.ts';

export const SALT = 'a salt of sixteen characters';

/** The numbers of the manifest for these settings. */
export function sizesOf(settings: Settings) {
  const sizes: Sizing = sizing(
    {
      WORKER_COUNT: String(settings.workers),
      BATCH_SIZE: String(settings.batchSize),
      PAYMENT_SECONDS: String(settings.paymentSeconds),
      SYNC_CONCURRENCY: String(settings.syncConcurrency),
      DIRECT_CONCURRENCY: String(settings.directConcurrency),
      SWEEP_AFTER_SECONDS: String(settings.sweepAfterSeconds),
      ORDER_ID_SALT: SALT,
      STATUS_THROTTLE_RATE: '100',
      STATUS_THROTTLE_BURST: '160',
      STOCK: settings.units === undefined ? 'off' : 'on',
      ...(settings.deadlineSeconds !== undefined && {
        ORDER_DEADLINE_SECONDS: String(settings.deadlineSeconds),
      }),
    },
    'local',
  );
  return {
    salt: SALT,
    pool: (workers: number): WorkerPool => workerPool(workers, settings.batchSize),
    processorTimeoutMs: sizes.processorTimeoutSeconds * 1000,
    paymentTimeoutMs: sizes.payment.timeoutMs,
    leaseMs: sizes.sync.leaseSeconds * 1000,
    stockLeaseMs: (sizes.stock?.leaseSeconds ?? 0) * 1000,
    sweepAfterMs: sizes.sweeper.afterSeconds * 1000,
    visibilitySeconds: sizes.visibilitySeconds,
    windowSeconds: sizes.batchWindowSeconds,
    pace: {
      paymentMs: settings.paymentSeconds * 1000,
      paymentsAtOnce: sizes.workers.paymentsAtOnce,
      paymentsPerWorker: Number(sizes.workers.wholeBatch),
    },
    reserved: {
      orderSync: sizes.sync.reservedConcurrency ?? undefined,
      orderAsync: sizes.intake.reservedConcurrency ?? undefined,
      orderStatus: undefined,
      orderCancel: undefined,
      queueWorker: sizes.workers.reservedConcurrency ?? undefined,
      topicProcessor: sizes.direct.reservedConcurrency ?? undefined,
      orderSweeper: sizes.sweeper.reservedConcurrency ?? undefined,
    },
    throttling: sizes.throttling,
  };
}

export type Sizes = ReturnType<typeof sizesOf>;
