import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { PayingDeps } from '../lib/domain/chargeOrder.ts';
import { processMessage } from '../lib/domain/processMessage.ts';
import { processorRules, readConfig } from '../lib/platform/config.ts';
import { eventStack } from '../lib/platform/eventStack.ts';
import { METRIC } from '../lib/platform/metricNames.ts';
import { measure } from '../lib/platform/metrics.ts';
import { payingDeps } from '../lib/wiring.ts';

/** What the answer of a batch and its metrics take at most. */
const ANSWER_MARGIN_MS = 1_000;

/** Messages of the order queue: pays a batch in parallel and hands back the messages that have to come again. */
export const createQueueWorker =
  (deps: PayingDeps) =>
  async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    measure(METRIC.batchSize, MetricUnit.Count, Records.length);
    // A time-out of the function would bring back the whole batch for the sake of one slow record.
    const timeLeftMs = context.getRemainingTimeInMillis() - ANSWER_MARGIN_MS;
    const done = await Promise.all(Records.map((record) => isProcessed(deps, record, timeLeftMs)));
    return {
      batchItemFailures: Records.filter((_, index) => !done[index]).map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    };
  };

async function isProcessed(
  deps: PayingDeps,
  { body }: SQSRecord,
  timeLeftMs: number,
): Promise<boolean> {
  try {
    await processMessage(deps, body, 'queued', timeLeftMs);
    return true;
  } catch {
    // Reported where it happened.
    return false;
  }
}

const liveDeps = (): PayingDeps =>
  payingDeps(readConfig(processorRules()), { readsTogether: true });

export const handler = eventStack(createQueueWorker(liveDeps()));
