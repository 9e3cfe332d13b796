import { describe, expect, it } from '@jest/globals';
import type { Stage } from '../../ops/stage.ts';
import { runLocust } from './locustProcess.ts';
import { planPhases } from './phasePlan.ts';
import { sampleOnce, whatBroke } from './runContext.ts';

const signal = new AbortController().signal;

/** A stage whose queues answer from the call after `misses` on. */
function slowStage(misses: number): Stage {
  let calls = 0;
  const send = async () => {
    calls += 1;
    // One sample asks for three queues.
    if (calls <= misses * 3) throw new Error('The operation was aborted due to timeout');
    return { Attributes: { ApproximateNumberOfMessages: '7' } };
  };
  return { clients: { sqs: { send } }, outputs: {}, runtime: undefined } as unknown as Stage;
}

describe('sampleOnce', () => {
  it('asks again after a slow answer', async () => {
    expect(await sampleOnce(slowStage(1), signal)).toMatchObject({ visible: 7 });
  });

  it('gives up after five in a row', async () => {
    await expect(sampleOnce(slowStage(5), signal)).rejects.toThrow('aborted due to timeout');
  });
});

describe('whatBroke', () => {
  it('is the end of the run, also where that is told a moment later', async () => {
    const run = new AbortController();
    setTimeout(() => run.abort(new Error('The service ended with exit code 1.')), 20);

    const cause = await whatBroke(new Error('connect ECONNREFUSED'), run.signal);

    expect(cause.message).toBe('The service ended with exit code 1.');
  });

  it('is the error itself where the run goes on', async () => {
    const error = new Error('connect ECONNREFUSED');

    expect(await whatBroke(error, signal)).toBe(error);
  });
});

describe('runLocust', () => {
  it('starts nothing in a run that has ended', async () => {
    const [phase] = planPhases({ quick: true, users: 1, workers: 1, seconds: 15 }).filter(
      ({ kind }) => kind === 'load',
    );
    const run = { command: '/no/such/locust', folder: '/no/such/folder', url: '', seed: 1 };
    const ended = AbortSignal.abort(new Error('interrupted'));

    await expect(
      runLocust(phase as never, { ...run, maxOrders: undefined, signal: ended }),
    ).rejects.toThrow('interrupted');
  });
});
