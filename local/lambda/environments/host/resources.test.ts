import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Resources } from './resources.ts';
import { sandboxTimers } from './sandboxTimers.ts';
import { trackedModule } from './trackedModules.ts';

const longEnough = () => new Promise((resolve) => setTimeout(resolve, 30));

describe('when an environment ends', () => {
  it('none of its timers fires any more, and none that it starts later', async () => {
    const resources = new Resources();
    const { timers, promises } = sandboxTimers(resources);
    const fired: string[] = [];
    const startAll = (when: string) => {
      timers.setTimeout(() => fired.push(`${when} timeout`), 1);
      timers.setInterval(() => fired.push(`${when} interval`), 1);
      timers.setImmediate(() => fired.push(`${when} immediate`));
      const promised = promisify(timers.setTimeout) as unknown as typeof promises.setTimeout;
      for (const wait of [promises.setTimeout(1), promised(1)])
        wait.then(() => fired.push(`${when} promise`));
    };

    startAll('before');
    resources.end();
    startAll('after');
    await longEnough();

    expect(fired).toEqual([]);
  });

  it('its sockets are closed without any of its listeners being called', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const resources = new Resources();
    const net = trackedModule('net', resources) as typeof import('node:net');
    const socket = net.connect((server.address() as { port: number }).port, '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const called: string[] = [];
    for (const event of ['close', 'end', 'error']) socket.on(event, () => called.push(event));

    const closed = once(accepted.resume(), 'close');
    resources.end();
    await closed;
    server.close();

    expect(called).toEqual([]);
    expect(socket.destroyed).toBe(true);
  });

  it('its pending promises stay open, and a new socket is a dead one', async () => {
    const resources = new Resources();
    const net = trackedModule('net', resources) as typeof import('node:net');
    let settled = false;
    const pending = resources.gate(Promise.resolve()).finally(() => {
      settled = true;
    });

    resources.end();
    const socket = net.connect(1, '127.0.0.1');
    await Promise.race([pending, longEnough()]);

    expect(settled).toBe(false);
    expect('connect' in socket).toBe(false);
  });
});
