import { sqsQueueDepth } from './adapters/sqsQueueDepth.ts';
import { errorText } from './domain/errors.ts';
import type { Way } from './domain/order.ts';
import { type Line, lineOf } from './domain/orderWait.ts';
import { awsAccess } from './platform/awsAccess.ts';
import { systemClock } from './platform/clock.ts';
import { logger } from './platform/logger.ts';

interface WaitConfig {
  SQS_QUEUE_URL?: string | undefined;
  PAYMENT_SECONDS: number;
  PAYMENTS_AT_ONCE: number;
  PAYMENTS_PER_WORKER: number;
}

/** What an order of a way waits for that is accepted now. */
export type LineNow = (way: Way) => Promise<Line>;

export function lineNow(config: WaitConfig): LineNow {
  const { SQS_QUEUE_URL: queueUrl } = config;
  const pace = {
    paymentMs: config.PAYMENT_SECONDS * 1000,
    paymentsAtOnce: config.PAYMENTS_AT_ONCE,
    paymentsPerWorker: config.PAYMENTS_PER_WORKER,
  };
  const queue = queueUrl === undefined ? undefined : queueAt(queueUrl);
  return async (way) => lineOf(pace, way === 'queued' ? await queue?.read() : undefined);
}

const queueAt = (queueUrl: string) =>
  sqsQueueDepth({
    access: awsAccess('sqs'),
    queueUrl,
    clock: systemClock,
    onFault: (error) =>
      logger.warn('how long orders wait is not known', { cause: errorText(error) }),
  });
