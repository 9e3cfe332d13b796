import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { guardServer } from './loopbackGuard.ts';
import { urlOf } from './ports.ts';

export interface Listening {
  port: number;
  url: string;
  /** Settles when the server takes no more connections, whoever closed it. */
  closed: Promise<unknown>;
}

/** Binds a server behind the guard; port 0 takes any free one, and of a server that listens its place is taken. */
export async function listen(
  server: Server,
  port: number | NetServer,
  host: string,
  isOpenToPages = false,
): Promise<Listening> {
  guardServer(server, host, isOpenToPages);
  if (typeof port === 'number') server.listen(port, host);
  else server.listen(port);
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return { port: bound, url: urlOf(host, bound), closed: once(server, 'close') };
}

/** Takes no new connection, and gives running requests `graceMs` before they are cut. */
export async function stop(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}

/** The parts of a request target in origin or absolute form (RFC 9112, 3.2), as they were sent. */
export function requestTarget(target = '/') {
  const [, authority, rest = target] = /^https?:\/\/([^/?]*)(.*)$/i.exec(target) ?? [];
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/.exec(rest) ?? [];
  return { authority, encodedPath: path || '/', query };
}

/** Text that is not valid percent-encoding stays as it came. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
