import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type PlantedStage, startPlantedStage } from '../testing/plantedStage.ts';
import { readWorkers, setWorkerCount } from './workers.ts';

let planted: PlantedStage;
beforeAll(async () => {
  planted = await startPlantedStage();
});
afterAll(() => planted.stop());
beforeEach(() => {
  planted.lambdaCalls.length = 0;
  Object.assign(planted.lambdaState, { reserved: 20, maximum: 20, batchSize: 10 });
});

const changes = () =>
  planted.lambdaCalls
    .filter((call) => call.startsWith('PUT'))
    .map((call) => (call.includes('concurrency ') ? 'reserved' : 'mapping'));

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
    expect(planted.lambdaState).toEqual({ reserved: 3, maximum: 3, batchSize: 10 });
  });

  it('splits the batch of one worker between two environments, and joins it again', async () => {
    await setWorkerCount(planted.stage, 1);
    expect(planted.lambdaState).toEqual({ reserved: 2, maximum: 2, batchSize: 5 });
    await setWorkerCount(planted.stage, 20);
    expect(planted.lambdaState).toEqual({ reserved: 20, maximum: 20, batchSize: 10 });
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
});
