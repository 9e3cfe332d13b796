import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { UsageError } from '../../common/usageError.ts';
import { workerPool } from '../parameters.ts';
import { CannotAskError, functionName, type Stage } from '../stage.ts';
import { describePool, isSingleWorker } from './poolText.ts';

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
/** How long a change of the mapping may take; tests are less patient. */
export const mappingWait = { ms: 60_000 };

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
  const after = settingsFor(workers, before, batchSize ?? wholeBatchSize(stage, before));
  const steps = stepsOf(stage, before, after, mappingId);
  if (!dryRun) for (const { apply } of steps) await apply();
  const names = steps.map(({ name }) => name);
  return { workers, before, after, steps: names, applied: !dryRun };
}

/** Puts back what `readWorkers` gave, in the order that `setWorkerCount` keeps. */
export async function restoreWorkers(stage: Stage, found: WorkerSettings): Promise<void> {
  const { settings, mappingId } = await readPool(stage);
  for (const { apply } of stepsOf(stage, settings, found, mappingId)) await apply();
}

/** Lets the workers take orders from the queue, or no more; returns when it is so. */
export async function setTaking(stage: Stage, Enabled: boolean): Promise<void> {
  const { lambda } = stage.clients;
  const { mappingId: UUID } = await readPool(stage);
  const mapping = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  const wanted = Enabled ? 'Enabled' : 'Disabled';
  const { State } = await untilSettled(stage, mapping);
  if (State === wanted) return;
  throw new CannotAskError(
    `Event source mapping ${UUID} of stage ${stage.name} is ${State}, not ${wanted}, after ${mappingWait.ms / 1000} s. Look again with sls status --stage ${stage.name}.`,
  );
}

/** Before and after as a person reads them. */
export const describeWorkers = (
  { reserved, maximum, batchSize }: WorkerSettings,
  whole = batchSize,
): string => {
  const single = isSingleWorker(maximum, batchSize, whole)
    ? `${describePool(maximum, batchSize, whole)}: `
    : '';
  return `${single}${describeLimits(maximum, batchSize)}, reserved concurrency ${reserved ?? 'none'}`;
};

const describeLimits = (maximum: number | null, batchSize: number): string =>
  `maximum concurrency ${maximum ?? 'none'}, batch size ${batchSize}`;

function settingsFor(workers: number, before: WorkerSettings, batchSize: number): WorkerSettings {
  const pool = workerPool(workers, batchSize);
  return {
    reserved: before.reserved === null ? null : pool.concurrency,
    maximum: pool.concurrency,
    batchSize: pool.batchSize,
  };
}

/** The mapping of a single worker shows only half of its batch, as two environments share it; its stack knows the whole. */
export function wholeBatchSize(
  { name, outputs }: Stage,
  { maximum, batchSize }: WorkerSettings,
): number {
  if (maximum !== workerPool(1, batchSize).concurrency) return batchSize;
  const whole = Number(outputs.WorkerBatchSize);
  if (!(whole > 0)) {
    throw new UsageError(
      `The stack of stage ${name} does not tell how many orders a whole worker takes: say --batch-size, or deploy it again.`,
    );
  }
  return batchSize === workerPool(1, whole).batchSize ? whole : batchSize;
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
  const { maximum, batchSize, reserved } = after;
  const mapping: Step = {
    name: `UpdateEventSourceMapping: MaximumConcurrency ${maximum}, BatchSize ${batchSize}`,
    apply: () => updateMapping(stage, uuid, before, after),
  };
  const reserve: Step = {
    name: `PutFunctionConcurrency: ${reserved}`,
    apply: () => reserveConcurrency(stage, reserved ?? 0),
  };
  const isRaised = (reserved ?? 0) > (before.reserved ?? 0);
  return [
    ...(reserved !== before.reserved && isRaised ? [reserve] : []),
    ...(maximum !== before.maximum || batchSize !== before.batchSize ? [mapping] : []),
    ...(reserved !== before.reserved && !isRaised ? [reserve] : []),
  ];
}

async function readPool(stage: Stage): Promise<Pool> {
  const FunctionName = functionName(stage, 'queueWorker');
  const { lambda } = stage.clients;
  const [mappings, concurrency] = await Promise.all([
    lambda.send(new ListEventSourceMappingsCommand({ FunctionName })),
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
  ]);
  const mapping = mappings.EventSourceMappings?.[0];
  if (mapping?.UUID === undefined) {
    throw new CannotAskError(
      `The workers of stage ${stage.name} (${FunctionName}) have no event source mapping.`,
    );
  }
  const reserved = concurrency.ReservedConcurrentExecutions ?? null;
  return { settings: { reserved, ...mappingSettings(mapping) }, mappingId: mapping.UUID };
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

/** Returns when the change is in force, which AWS answers before; throws where that cannot be said. */
async function updateMapping(
  stage: Stage,
  UUID: string,
  before: WorkerSettings,
  after: WorkerSettings,
): Promise<void> {
  const { name } = stage;
  const { lambda } = stage.clients;
  const ScalingConfig = { MaximumConcurrency: after.maximum ?? undefined };
  const mapping = await untilSettled(
    stage,
    await lambda.send(
      new UpdateEventSourceMappingCommand({ UUID, BatchSize: after.batchSize, ScalingConfig }),
    ),
  );
  const { maximum, batchSize } = mappingSettings(mapping);
  const isInForce = maximum === after.maximum && batchSize === after.batchSize;
  if (isInForce && mapping.State !== 'Updating') return;
  throw new CannotAskError(
    `The change of stage ${name} is not in force: event source mapping ${UUID} is ${mapping.State} with ${describeLimits(maximum, batchSize)}, after ${mappingWait.ms / 1000} s. ` +
      `Reserved concurrency is ${Math.max(before.reserved ?? 0, after.reserved ?? 0) || 'none'}. Look again with sls workers --stage ${name}, and repeat the change once the mapping is no longer Updating.`,
  );
}

/** While a mapping changes its state ends in -ing. */
async function untilSettled(
  { clients: { lambda } }: Stage,
  changed: EventSourceMappingConfiguration,
): Promise<EventSourceMappingConfiguration> {
  let mapping = changed;
  for (const end = Date.now() + mappingWait.ms; mapping.State?.endsWith('ing'); ) {
    if (Date.now() >= end) break;
    await new Promise((resolve) => setTimeout(resolve, MAPPING_POLL_MS));
    mapping = await lambda.send(new GetEventSourceMappingCommand({ UUID: mapping.UUID }));
  }
  return mapping;
}
