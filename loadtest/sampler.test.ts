import { once } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { type SystemSample, startSampler } from './sampler.ts';

const reading = (visible: number): SystemSample => ({
  at: 0,
  visible,
  inFlight: 0,
  deadLettered: 0,
  runtime: null,
});

describe('startSampler', () => {
  it('takes the first sample at once and no more after it was stopped', async () => {
    const take = jest.fn(async () => reading(3));
    const sampler = startSampler(take);

    await sampler.stop();

    expect(sampler.samples).toEqual([reading(3)]);
    expect(take).toHaveBeenCalledTimes(1);
  });

  it('says that the system is lost after five misses in a row', async () => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    const sampler = startSampler(() => Promise.reject(new Error('connection refused')));
    const lost = once(sampler.lost, 'abort');

    await jest.advanceTimersByTimeAsync(4500);
    await lost;

    expect(sampler.lost.reason).toMatchObject({
      message: 'No sample could be taken 5 times: connection refused',
    });
    const stopped = sampler.stop();
    jest.useRealTimers();
    await stopped;
  });
});
