import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Stage } from '../stage.ts';
import { type PlantedStage, startPlantedStage } from '../testing/plantedStage.ts';
import { mappingWait, readWorkers, restoreWorkers, setWorkerCount } from './workers.ts';

let planted: PlantedStage;
beforeAll(async () => {
  planted = await startPlantedStage();
});
afterAll(() => planted.stop());
beforeEach(() => {
  planted.lambdaCalls.length = 0;
  Object.assign(planted.lambdaState, {
    ...{ reserved: 20, maximum: 20, batchSize: 10 },
    mapping: 'Enabled',
  });
  mappingWait.ms = 60_000;
});

const changes = () =>
  planted.lambdaCalls
    .filter((call) => call.startsWith('PUT'))
    .map((call) => (call.includes('concurrency ') ? 'reserved' : 'mapping'));

describe('restoreWorkers', () => {
  it.each([
    ['a reserved concurrency above the maximum', { reserved: 50, maximum: 20 }],
    ['a mapping without a maximum', { reserved: 50, maximum: undefined }],
  ])('puts back %s', async (_, found) => {
    Object.assign(planted.lambdaState, found);
    const before = await readWorkers(planted.stage);
    await setWorkerCount(planted.stage, 1, { batchSize: 10 });

    await restoreWorkers(planted.stage, before);

    expect(planted.lambdaState).toMatchObject({ ...found, batchSize: 10 });
    expect(await readWorkers(planted.stage)).toEqual(before);
  });
});

describe('setWorkerCount', () => {
  it('raises reserved concurrency before the mapping', async () => {
    const change = await setWorkerCount(planted.stage, 40);
    expect(changes()).toEqual(['reserved', 'mapping']);
    expect(change).toEqual({
      workers: 40,
      before: { reserved: 20, maximum: 20, batchSize: 10 },
      after: { reserved: 40, maximum: 40, batchSize: 10 },
      steps: [
        'PutFunctionConcurrency: 40',
        'UpdateEventSourceMapping: MaximumConcurrency 40, BatchSize 10',
      ],
      applied: true,
    });
    expect(await readWorkers(planted.stage)).toEqual(change.after);
  });

  it('lowers the mapping before reserved concurrency', async () => {
    await setWorkerCount(planted.stage, 3);
    expect(changes()).toEqual(['mapping', 'reserved']);
    expect(planted.lambdaState).toMatchObject({ reserved: 3, maximum: 3, batchSize: 10 });
  });

  it('splits the batch of one worker between two environments, and joins it again', async () => {
    await setWorkerCount(planted.stage, 1);
    expect(planted.lambdaState).toMatchObject({ reserved: 2, maximum: 2, batchSize: 5 });
    await setWorkerCount(planted.stage, 20);
    expect(planted.lambdaState).toMatchObject({ reserved: 20, maximum: 20, batchSize: 10 });
  });

  it('keeps the batch size that the stage has, or takes another', async () => {
    planted.lambdaState.batchSize = 7;
    await setWorkerCount(planted.stage, 30);
    expect(planted.lambdaState.batchSize).toBe(7);
    await setWorkerCount(planted.stage, 30, { batchSize: 4 });
    expect(planted.lambdaState.batchSize).toBe(4);
  });

  it('touches only the mapping on a stage that reserves nothing', async () => {
    planted.lambdaState.reserved = undefined;
    const { after } = await setWorkerCount(planted.stage, 40);
    expect(changes()).toEqual(['mapping']);
    expect(after).toEqual({ reserved: null, maximum: 40, batchSize: 10 });
  });

  it('changes nothing on a dry run', async () => {
    const { steps, applied } = await setWorkerCount(planted.stage, 40, { dryRun: true });
    expect(steps).toHaveLength(2);
    expect(applied).toBe(false);
    expect(changes()).toEqual([]);
  });

  it('calls nothing where nothing changes', async () => {
    const { steps, applied } = await setWorkerCount(planted.stage, 20);
    expect({ steps, applied }).toEqual({ steps: [], applied: true });
    expect(changes()).toEqual([]);
  });

  it.each([
    // WORKER_COUNT=2 BATCH_SIZE=5: two whole workers, though they look like a single one of a batch of ten.
    ['two workers with a batch of 5', 2, 5, '5', 5],
    ['one worker with a batch of 10', 2, 5, '10', 10],
    ['one worker with a batch of 7', 2, 4, '7', 7],
  ])('learns the whole batch of %s from the stack', async (_, maximum, batchSize, whole, then) => {
    Object.assign(planted.lambdaState, { reserved: maximum, maximum, batchSize });
    const { after } = await setWorkerCount(withWholeBatch(whole), 20);
    expect(after).toEqual({ reserved: 20, maximum: 20, batchSize: then });
  });

  it('does not guess the whole batch of a stack that does not tell it', async () => {
    Object.assign(planted.lambdaState, { reserved: 2, maximum: 2, batchSize: 5 });
    await expect(setWorkerCount(withWholeBatch(''), 20)).rejects.toThrow(/say --batch-size/);
    expect(changes()).toEqual([]);
    await setWorkerCount(withWholeBatch(''), 20, { batchSize: 10 });
    expect(planted.lambdaState).toMatchObject({ maximum: 20, batchSize: 10 });
  });

  it('fails while the mapping stays Updating, and leaves reserved concurrency above its maximum', async () => {
    planted.lambdaState.mapping = 'Updating';
    mappingWait.ms = 0;
    await expect(setWorkerCount(planted.stage, 3)).rejects.toThrow(
      /mapping-1 is Updating with maximum concurrency 20, batch size 10.*Reserved concurrency is 20\. Look again with sls workers/,
    );
    expect(changes()).toEqual(['mapping']);
    expect(planted.lambdaState.reserved).toBe(20);
  });

  it('says so when raising is not in force', async () => {
    planted.lambdaState.mapping = 'Updating';
    mappingWait.ms = 0;
    await expect(setWorkerCount(planted.stage, 40)).rejects.toThrow(/Reserved concurrency is 40/);
    expect(planted.lambdaState).toMatchObject({ reserved: 40, maximum: 20 });
  });
});

const withWholeBatch = (WorkerBatchSize: string): Stage => ({
  ...planted.stage,
  outputs: { ...planted.stage.outputs, WorkerBatchSize },
});
