import { UsageError } from '../../common/usageError.ts';
import type { EventSourceMappingModel, ServiceModel } from './model.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html */
const DEFAULT_VISIBILITY_SECONDS = 30;
const CONCURRENCY = { least: 2, most: 1000 };
const LARGEST_BATCH = 10_000;
const LARGEST_BATCH_WITHOUT_WINDOW = 10;

type Checked = Pick<ServiceModel, 'functions' | 'queues' | 'eventSourceMappings'>;

/**
 * Throws one error with every fault for which AWS refuses a mapping, so that a manifest that runs here can be deployed.
 * A maximum concurrency above the reserved one is not among them: AWS takes it, and throttles.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export function checkDeployable(model: Checked): void {
  const faults = model.eventSourceMappings.flatMap((mapping) => faultsOf(mapping, model));
  if (faults.length > 0)
    throw new UsageError(
      `AWS would refuse this manifest:\n${faults.map((it) => `  ${it}`).join('\n')}`,
    );
}

function faultsOf(mapping: EventSourceMappingModel, { functions, queues }: Checked): string[] {
  const { queueArn, functionName, batchSize, windowSeconds, maximumConcurrency } = mapping;
  const queue = queues.find(({ arn }) => arn === queueArn);
  const timeoutSeconds = functions.find(({ name }) => name === functionName)?.timeoutSeconds ?? 0;
  const visibilitySeconds = Number(
    queue?.attributes.VisibilityTimeout ?? DEFAULT_VISIBILITY_SECONDS,
  );
  const faults = [
    visibilitySeconds < timeoutSeconds &&
      `Queue visibility timeout: ${visibilitySeconds} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
    maximumConcurrency !== undefined &&
      (maximumConcurrency < CONCURRENCY.least || maximumConcurrency > CONCURRENCY.most) &&
      `MaximumConcurrency must be ${CONCURRENCY.least} to ${CONCURRENCY.most}, got ${maximumConcurrency}`,
    (batchSize < 1 || batchSize > LARGEST_BATCH) &&
      `BatchSize must be 1 to ${LARGEST_BATCH}, got ${batchSize}`,
    batchSize > LARGEST_BATCH_WITHOUT_WINDOW &&
      windowSeconds < 1 &&
      `BatchSize ${batchSize} needs a MaximumBatchingWindowInSeconds of at least 1`,
  ];
  return faults
    .filter((fault) => fault !== false)
    .map((fault) => `${queue?.name} -> ${functionName}: ${fault}`);
}
