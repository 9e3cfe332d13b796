import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { isDebugging, logger } from './logger.ts';
import { metrics, publishWayMetrics } from './metrics.ts';

/** What every function without a caller runs in. What is thrown goes on to Lambda, which retries. */
export function eventStack<TEvent, TResult>(
  handler: (event: TEvent, context: Context) => Promise<TResult>,
) {
  return middy(handler, { timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger))
    .use(logMetrics(metrics, { captureColdStartMetric: true }))
    .use(publishWayMetrics())
    .before(logRecordIds);
}

interface Batch {
  Records?: { messageId?: string; Sns?: { MessageId: string } }[];
}

/** Ties an invocation to the messages that queue or topic handed to it. */
function logRecordIds({ event }: { event: unknown }): void {
  if (!isDebugging()) return;
  const { Records = [] } = event as Batch;
  if (Records.length === 0) return;
  const message_ids = Records.map(({ messageId, Sns }) => messageId ?? Sns?.MessageId);
  logger.debug('messages received', { message_ids });
}
