import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { PayingDeps } from '../lib/domain/payOrder.ts';
import { processMessage } from '../lib/domain/processOrder.ts';
import { processorSchema, readConfig } from '../lib/platform/config.ts';
import { eventStack } from '../lib/platform/eventStack.ts';
import { METRIC } from '../lib/platform/metricNames.ts';
import { metrics } from '../lib/platform/metrics.ts';
import { payingDeps } from '../lib/wiring.ts';

/** Messages of the order queue: pays a batch in parallel and hands back the messages that have to come again. */
export const createQueueWorker =
  (deps: PayingDeps) =>
  async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    metrics.addMetric(METRIC.batchSize, MetricUnit.Count, Records.length);
    const done = await Promise.all(Records.map((record) => isProcessed(deps, record)));
    return {
      batchItemFailures: Records.filter((_, index) => !done[index]).map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    };
  };

async function isProcessed(deps: PayingDeps, { body }: SQSRecord): Promise<boolean> {
  try {
    await processMessage(deps, body, 'queued');
    return true;
  } catch {
    // Reported where it happened.
    return false;
  }
}

const liveDeps = (): PayingDeps => payingDeps(readConfig(processorSchema()));

export const handler = eventStack(createQueueWorker(liveDeps()));
