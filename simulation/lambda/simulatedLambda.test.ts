import { describe, expect, it } from '@jest/globals';
import { lasting, workers } from '../testing/workers.ts';
import { START_MS } from '../virtualClock.ts';
import { MemoryEventStore } from './memoryEventStore.ts';

const SECOND = 1_000;

describe('the control plane on a virtual clock', () => {
  it('lets 20 workers with batches of one fall behind at 60 orders a second, as the formula has it', async () => {
    const { clock, queue } = await workers({ batchSize: 1, windowSeconds: 0 });
    let [peak, lastDoneMs] = [0, 0];
    for (let order = 0; order < 3_600; order += 1)
      clock.setTimeout(() => queue.send(String(order)), (order * SECOND) / 60);
    const watch = (): void => {
      peak = Math.max(peak, queue.visible);
      if (queue.visible + queue.inFlight > 0) lastDoneMs = clock.now();
      clock.setTimeout(watch, 100);
    };
    clock.setTimeout(watch, 100);

    await clock.run(START_MS + 700 * SECOND);

    // 60/s come and 20/3 s go; five at first and one more every 0.2 s.
    expect(peak).toBeGreaterThan(3_150);
    expect(peak).toBeLessThan(3_250);
    expect((lastDoneMs - START_MS) / SECOND - 60).toBeGreaterThan(470);
    expect((lastDoneMs - START_MS) / SECOND - 60).toBeLessThan(520);
  });

  it('ends an environment at its timeout wherever it is, and what that waited for never comes', async () => {
    const heard: string[] = [];
    const { clock, lambda } = await workers({}, (clock) => ({
      functions: [
        lasting(clock, 0, {
          timeoutMs: 2_000,
          load: (environment) => async () => {
            await environment.live(clock.sleep(3_000));
            heard.push('late');
          },
        }),
      ],
    }));
    const finished = lambda.invoke('worker', '{}');
    await clock.run(START_MS + 10 * SECOND);

    expect(await finished).toMatchObject({ isError: true, isTimeout: true, durationMs: 2_000 });
    expect(heard).toEqual([]);
  });

  it('freezes an environment between invocations: what it left behind goes on with the next', async () => {
    const heard: number[] = [];
    const { clock, lambda } = await workers({}, (clock) => ({
      functions: [
        lasting(clock, 0, {
          load: (environment) => async () => {
            void environment
              .live(clock.sleep(1_000))
              .then(() => heard.push(clock.now() - START_MS));
          },
        }),
      ],
    }));
    void lambda.invoke('worker', '{}');
    clock.setTimeout(() => void lambda.invoke('worker', '{}'), 90 * SECOND);
    await clock.run(START_MS + 300 * SECOND);

    expect(heard).toEqual([90 * SECOND]);
  });

  it('takes up asynchronous events after a kill where they were', async () => {
    const asyncStore = new MemoryEventStore();
    const run: number[] = [];
    const stage = (startAfterMs: number) =>
      workers({}, (clock) => ({
        asyncStore,
        functions: [
          lasting(clock, 0, {
            load: () => async () => {
              run.push(clock.now() - START_MS);
              if (run.length === 1) throw new Error('once');
            },
          }),
        ],
      })).then(async ({ clock, lambda }) => ({ clock, lambda, startAfterMs }));
    const first = await stage(0);
    first.lambda.invokeEvent('worker', '{}');
    await first.clock.run(START_MS + 10 * SECOND);
    await first.lambda.kill();
    const second = await stage(0);
    await second.clock.run(START_MS + 90 * SECOND);

    expect(run).toEqual([0, 60 * SECOND]);
    expect(asyncStore.all()).toEqual([]);
  });
});
