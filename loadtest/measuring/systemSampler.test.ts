import { once } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { type SystemSample, startSampler } from './systemSampler.ts';

const reading = (visible: number): SystemSample => ({
  at: 0,
  visible,
  inFlight: 0,
  deadLettered: 0,
  runtime: null,
});

describe('startSampler', () => {
  it('takes the first sample at once and a last one when it is stopped', async () => {
    let depth = 3;
    const take = jest.fn(async () => reading(depth--));
    const sampler = startSampler(take);

    await sampler.stop();

    expect(sampler.samples).toEqual([reading(3), reading(2)]);
    expect(take).toHaveBeenCalledTimes(2);
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
