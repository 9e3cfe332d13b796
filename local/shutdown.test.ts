import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { StopOrder } from './shutdown.ts';

describe('A stop', () => {
  it('closes entrances and deliveries at once, then ends functions, and stores last', async () => {
    const order = new StopOrder();
    const seen: string[] = [];
    const part = (name: string, takesMs: number) => async () => {
      seen.push(`${name} stops`);
      await sleep(takesMs);
      seen.push(`${name} stopped`);
    };
    order.stores.push(part('emulators', 0));
    order.functions.push(part('lambda', 0));
    order.deliveries.push(part('topic', 20));
    order.entrances.push(part('gateway', 100));

    await order.stop();

    expect(seen).toEqual([
      'gateway stops',
      'topic stops',
      'topic stopped',
      'lambda stops',
      'lambda stopped',
      'gateway stopped',
      'emulators stops',
      'emulators stopped',
    ]);
  });

  it('gives later parts what earlier ones left of 4 s', async () => {
    const order = new StopOrder();
    const graces: number[] = [];
    order.deliveries.push(() => sleep(100));
    order.functions.push(async (graceMs) => graces.push(graceMs));

    await order.stop();

    expect(graces[0]).toBeGreaterThan(3000);
    expect(graces[0]).toBeLessThanOrEqual(3901);
  });

  it('goes on after a part that fails, and tells of it at its end', async () => {
    const order = new StopOrder();
    let stores = 0;
    order.functions.push(async () => Promise.reject(new Error('a thread hangs')));
    order.stores.push(async () => (stores += 1));

    await expect(order.stop()).rejects.toThrow('a thread hangs');
    expect(stores).toBe(1);
  });
});
