import { describe, expect, it } from '@jest/globals';
import { sleep } from '../local/clock.ts';
import { START_MS, VirtualClock } from './virtualClock.ts';

describe('the virtual clock', () => {
  it('fires timers by their time, and those of one time in the order they were set', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    for (const [name, delayMs] of [...'daebfc'].map((name, index) => [name, index % 3] as const))
      clock.setTimeout(() => fired.push(`${name}${clock.now() - START_MS}`), delayMs);

    await clock.run();

    expect(fired).toEqual(['d0', 'b0', 'a1', 'f1', 'e2', 'c2']);
  });

  it('lets everything of an instant come to rest before it moves on', async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    clock.setTimeout(async () => {
      for (let step = 0; step < 50; step += 1) await null;
      seen.push(clock.now() - START_MS);
      await clock.sleep(0);
      seen.push(clock.now() - START_MS);
    }, 10);
    clock.setTimeout(() => seen.push(clock.now() - START_MS), 11);

    await clock.run();

    expect(seen).toEqual([10, 10, 11]);
  });

  it('stops at the time that it is given, and goes on from there', async () => {
    const clock = new VirtualClock();
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      clock.setTimeout(tick, 1_000);
    };
    tick();

    await clock.run(START_MS + 2_500);
    expect([ticks, clock.now() - START_MS]).toEqual([3, 2_500]);
    await clock.run(START_MS + 4_000);
    expect(ticks).toBe(5);
  });

  it('never fires a timer that was cleared, and ends a sleep that is broken off at once', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const fired: string[] = [];
    const timer = clock.setTimeout(() => fired.push('cleared'), 5);
    clock.setTimeout(() => clock.clearTimeout(timer), 4);
    void sleep(clock, 60_000, stop.signal).then(() => fired.push(`woke ${clock.now() - START_MS}`));
    clock.setTimeout(() => stop.abort(), 7);

    await clock.run();

    expect(fired).toEqual(['woke 7']);
  });

  it('takes ten thousand timers in any order', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    for (let index = 0; index < 10_000; index += 1)
      clock.setTimeout(() => fired.push(clock.now()), (index * 7_919) % 1_000);

    await clock.run();

    expect(fired).toHaveLength(10_000);
    expect(fired).toEqual(fired.toSorted((a, b) => a - b));
  });
});
