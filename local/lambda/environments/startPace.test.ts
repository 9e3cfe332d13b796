import { describe, expect, it } from '@jest/globals';
import { until } from '../testing/startLambda.ts';
import { StartPace } from './startPace.ts';

function pace(given: { waiting: number; utilization: number; shortestRunMs?: number }) {
  const state = { started: 0, ...given };
  const startPace = new StartPace({
    isWanted: () => state.waiting > 0,
    isFirst: () => state.started === 0,
    shortestRunMs: () => state.shortestRunMs ?? 0,
    utilization: () => state.utilization,
    start: () => {
      state.started += 1;
    },
  });
  return { state, startPace };
}

describe('the environments of one thread', () => {
  it('start one after the other, as long as events wait', () => {
    const { state, startPace } = pace({ waiting: 3, utilization: 0 });

    startPace.request();
    startPace.request();
    expect(state.started).toBe(1);
    startPace.started();
    expect(state.started).toBe(2);
    state.waiting = 0;
    startPace.started();

    expect(state.started).toBe(2);
  });

  it('start later while the thread is at work, but do start', async () => {
    const { state, startPace } = pace({ waiting: 3, utilization: 1 });
    startPace.request();

    startPace.started();
    expect(state.started).toBe(1);
    await until(() => state.started === 2);

    startPace.stop();
  });

  it('start at once while the thread is at work, if what runs there waits for something outside', () => {
    const { state, startPace } = pace({ waiting: 3, utilization: 1, shortestRunMs: 60_000 });
    startPace.request();

    startPace.started();
    while (state.started === 1) startPace.request();

    expect(state.started).toBe(2);
    startPace.stop();
  });

  it('do not start any more once they are stopped', async () => {
    const { state, startPace } = pace({ waiting: 3, utilization: 1 });
    startPace.request();
    startPace.started();

    startPace.stop();
    await new Promise((resolve) => setTimeout(resolve, 60));

    expect(state.started).toBe(1);
  });
});
