import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { UsageError } from '../common/usageError.ts';

/** An IPv6 address stands in brackets (RFC 3986, 3.2.2). */
export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** A port that nobody else can take between the first moment of a start and the server that answers there. */
export interface HeldPort {
  host: string;
  url: string;
  /** Turns every connection away. An HTTP server that listens on it takes its place. */
  server: Server;
}

/** Holds the port that is asked for, or any free one for 0. */
export async function holdPort(port: number, host: string, flag: string): Promise<HeldPort> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Port ${port} on ${host} ${faultOf(error, port, flag)}`);
  });
  return { host, url: urlOf(host, (server.address() as AddressInfo).port), server };
}

function faultOf({ code, message }: NodeJS.ErrnoException, port: number, flag: string): string {
  if (code === 'EADDRINUSE')
    return `is taken by another program. Stop it, or choose another port: ${flag} ${port + 10}, or ${flag} 0 for any free one.`;
  if (code === 'EACCES')
    return `needs rights this user does not have. Choose one above 1023: ${flag} 8080.`;
  return `cannot be used: ${message}`;
}
