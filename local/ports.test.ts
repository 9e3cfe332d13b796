import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { listen } from './httpServer.ts';
import { holdPort, urlOf } from './ports.ts';

describe('An address', () => {
  it('has brackets around an IPv6 host', () => {
    expect([urlOf('127.0.0.1', 80), urlOf('::1', 80)]).toEqual([
      'http://127.0.0.1:80',
      'http://[::1]:80',
    ]);
  });
});

describe('A port', () => {
  it("is any free one for 0, and is nobody else's until a server takes its place", async () => {
    const held = await holdPort(0, '127.0.0.1', '--port');
    const port = Number(new URL(held.url).port);
    await expect(holdPort(port, '127.0.0.1', '--port')).rejects.toThrow('is taken');

    const server = createHttpServer((_request, response) => response.end('here'));
    const { closed } = await listen(server, held.server, '127.0.0.1');
    expect(await (await fetch(held.url)).text()).toBe('here');

    held.server.close();
    server.close();
    server.closeAllConnections();
    await closed;
    await expect(fetch(held.url)).rejects.toThrow();
  });

  it('that is taken gives one line with the flag that helps', async () => {
    const { server } = await holdPort(0, '127.0.0.1', '--port');
    const { port } = server.address() as AddressInfo;

    await expect(holdPort(port, '127.0.0.1', '--port')).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another program. Stop it, or choose another port: --port ${port + 10}`,
    );
    server.close();
  });
});
