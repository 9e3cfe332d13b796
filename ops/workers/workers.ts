import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { sizing, workerPool } from '../sizing.ts';
import { CannotAskError, functionName, type Stage } from '../stage.ts';

/** What decides how many orders a running stage pays at a time. */
export interface WorkerSettings {
  /** Null: the stage reserves no concurrency. */
  reserved: number | null;
  /** Null: the event source mapping has no maximum of its own. */
  maximum: number | null;
  batchSize: number;
}

export interface WorkerChange {
  workers: number;
  before: WorkerSettings;
  after: WorkerSettings;
  /** What is called, in this order. */
  steps: string[];
  applied: boolean;
}

export interface WorkerOptions {
  /** Orders that a whole worker pays at a time; by default what the stage has now. */
  batchSize?: number | undefined;
  dryRun?: boolean | undefined;
}

interface Pool {
  settings: WorkerSettings;
  mappingId: string;
}

const MAPPING_POLL_MS = 250;
const MAPPING_WAIT_MS = 60_000;

export const readWorkers = async (stage: Stage): Promise<WorkerSettings> =>
  (await readPool(stage)).settings;

/**
 * Sets how many workers take orders from the queue. Reserved concurrency is never below the mapping's maximum on the
 * way, or healthy batches would be throttled towards the dead-letter queue.
 */
export async function setWorkerCount(
  stage: Stage,
  workers: number,
  { batchSize, dryRun = false }: WorkerOptions = {},
): Promise<WorkerChange> {
  const { settings: before, mappingId } = await readPool(stage);
  const after = settingsFor(workers, before, batchSize ?? wholeBatchSize(before));
  const steps = stepsOf(stage, before, after, mappingId);
  if (!dryRun) for (const { apply } of steps) await apply();
  const names = steps.map(({ name }) => name);
  return { workers, before, after, steps: names, applied: !dryRun };
}

/** Before and after as a person reads them. */
export const describeWorkers = ({ reserved, maximum, batchSize }: WorkerSettings): string =>
  `maximum concurrency ${maximum ?? 'none'}, batch size ${batchSize}, reserved concurrency ${reserved ?? 'none'}`;

function settingsFor(workers: number, before: WorkerSettings, batchSize: number): WorkerSettings {
  const pool = workerPool(workers, batchSize);
  return {
    reserved: before.reserved === null ? null : pool.concurrency,
    maximum: pool.concurrency,
    batchSize: pool.batchSize,
  };
}

/** A stage with one worker shows only half of its batch: two environments share it. */
function wholeBatchSize({ maximum, batchSize }: WorkerSettings): number {
  const whole = sizing({ BATCH_SIZE: process.env.BATCH_SIZE }, 'any').workers.batchSize;
  const single = workerPool(1, whole);
  const isSingle = maximum === single.concurrency && batchSize === single.batchSize;
  return isSingle ? whole : batchSize;
}

interface Step {
  name: string;
  apply: () => Promise<void>;
}

function stepsOf(
  stage: Stage,
  before: WorkerSettings,
  after: WorkerSettings,
  uuid: string,
): Step[] {
  const mapping: Step = {
    name: `UpdateEventSourceMapping: MaximumConcurrency ${after.maximum}, BatchSize ${after.batchSize}`,
    apply: () => updateMapping(stage, uuid, after),
  };
  if (before.reserved === null || after.reserved === null) return [mapping];
  const reserve: Step = {
    name: `PutFunctionConcurrency: ${after.reserved}`,
    apply: () => reserveConcurrency(stage, after.reserved ?? 0),
  };
  return after.reserved >= before.reserved ? [reserve, mapping] : [mapping, reserve];
}

async function readPool(stage: Stage): Promise<Pool> {
  const FunctionName = functionName(stage, 'queueWorker');
  const { lambda } = stage.clients;
  try {
    const [mappings, concurrency] = await Promise.all([
      lambda.send(new ListEventSourceMappingsCommand({ FunctionName })),
      lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    ]);
    const mapping = mappings.EventSourceMappings?.[0];
    if (mapping?.UUID === undefined) throw new Error('it has no event source mapping');
    const reserved = concurrency.ReservedConcurrentExecutions ?? null;
    return { settings: { reserved, ...mappingSettings(mapping) }, mappingId: mapping.UUID };
  } catch (error) {
    throw new CannotAskError(
      `The workers of stage ${stage.name} (${FunctionName}) cannot be read: ${(error as Error).message}`,
    );
  }
}

const mappingSettings = ({ ScalingConfig, BatchSize }: EventSourceMappingConfiguration) => ({
  maximum: ScalingConfig?.MaximumConcurrency ?? null,
  // AWS's default: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
  batchSize: BatchSize ?? 10,
});

async function reserveConcurrency(stage: Stage, reserved: number): Promise<void> {
  await stage.clients.lambda.send(
    new PutFunctionConcurrencyCommand({
      FunctionName: functionName(stage, 'queueWorker'),
      ReservedConcurrentExecutions: reserved,
    }),
  );
}

/** Returns when the change is in force: AWS answers before that. */
async function updateMapping(stage: Stage, UUID: string, after: WorkerSettings): Promise<void> {
  const { lambda } = stage.clients;
  const ScalingConfig = { MaximumConcurrency: after.maximum ?? undefined };
  let { State } = await lambda.send(
    new UpdateEventSourceMappingCommand({ UUID, BatchSize: after.batchSize, ScalingConfig }),
  );
  for (const end = Date.now() + MAPPING_WAIT_MS; State === 'Updating' && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, MAPPING_POLL_MS));
    ({ State } = await lambda.send(new GetEventSourceMappingCommand({ UUID })));
  }
}
