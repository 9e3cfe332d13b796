import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../common/usageError.ts';
import { type Part, Parts } from './parts.ts';

const part = (name: string, turn: Part<void>['turn'], stop: Part<void>['stop'] = () => {}) => ({
  name,
  turn,
  start: () => {},
  stop,
});

describe('A start', () => {
  it('that fails names its part, which is stopped like those before it', async () => {
    const parts = new Parts();
    const stopped: string[] = [];
    const stop = (name: string) => () => stopped.push(name);
    await parts.start(part('tables', 'store', stop('tables')));
    const start = () => Promise.reject(new Error('the disk is full'));

    await expect(
      parts.start({ ...part('Lambda', 'functions', stop('Lambda')), start }),
    ).rejects.toThrow('The start failed at Lambda: the disk is full');
    await parts.stop();

    expect(stopped).toEqual(['Lambda', 'tables']);
  });

  it('passes on what a person set wrong as it is', async () => {
    const start = () => Promise.reject(new UsageError('Port 80 is taken'));

    await expect(new Parts().start({ ...part('port', 'entrance'), start })).rejects.toThrow(
      /^Port 80 is taken$/,
    );
  });

  it('goes no further once a stop has begun', async () => {
    const parts = new Parts();
    await parts.stop();

    await expect(parts.start(part('gateway', 'entrance'))).rejects.toThrow('gateway');
  });
});

describe('A part that ends by itself', () => {
  it('is named with the reason', async () => {
    const parts = new Parts();
    const ended = async () => new Error('out of memory');
    await parts.start({ ...part('DynamoDB', 'store'), ended });

    await expect(parts.death).rejects.toThrow('DynamoDB has ended by itself: out of memory');
  });

  it('is not a death when it was stopped', async () => {
    const parts = new Parts();
    const ended = Promise.withResolvers<void>();
    const stop = () => ended.resolve();
    await parts.start({ ...part('DynamoDB', 'store', stop), ended: () => ended.promise });
    await parts.stop();

    expect(await Promise.race([parts.death, sleep(20, 'none')])).toBe('none');
  });
});

describe('A stop', () => {
  it('closes entrances and deliveries at once, then ends functions, and stores last', async () => {
    const parts = new Parts();
    const seen: string[] = [];
    const start = (name: string, turn: Part<void>['turn'], takesMs: number) =>
      parts.start(
        part(name, turn, async () => {
          seen.push(`${name} stops`);
          await sleep(takesMs);
          seen.push(`${name} stopped`);
        }),
      );
    await start('emulators', 'store', 0);
    await start('lambda', 'functions', 0);
    await start('topic', 'delivery', 20);
    await start('gateway', 'entrance', 100);

    await parts.stop();

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
    const parts = new Parts();
    const graces: number[] = [];
    await parts.start(part('topic', 'delivery', () => sleep(100)));
    await parts.start(part('lambda', 'functions', (graceMs) => graces.push(graceMs)));

    await parts.stop();

    expect(graces[0]).toBeGreaterThan(3000);
    expect(graces[0]).toBeLessThanOrEqual(3901);
  });

  it('goes on after a part that fails, and tells of it at its end', async () => {
    const parts = new Parts();
    let stores = 0;
    const fail = () => Promise.reject(new Error('a thread hangs'));
    await parts.start(part('lambda', 'functions', fail));
    await parts.start(part('emulators', 'store', () => (stores += 1)));

    await expect(parts.stop()).rejects.toThrow('a thread hangs');
    expect(stores).toBe(1);
  });
});
