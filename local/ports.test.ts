import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { choosePort, urlOf } from './ports.ts';

describe('An address', () => {
  it('has brackets around an IPv6 host', () => {
    expect([urlOf('127.0.0.1', 80), urlOf('::1', 80)]).toEqual([
      'http://127.0.0.1:80',
      'http://[::1]:80',
    ]);
  });
});

describe('A port', () => {
  it('is any free one for 0', async () => {
    expect(await choosePort(0, '127.0.0.1', '--port')).toBeGreaterThan(1023);
  });

  it('that is taken gives one line with the flag that helps', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;

    await expect(choosePort(port, '127.0.0.1', '--port')).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another program. Stop it, or choose another port: --port ${port + 10}`,
    );
    holder.close();
  });
});
