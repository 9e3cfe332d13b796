import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** An IPv6 address stands in brackets (RFC 3986, 3.2.2). */
export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The port that is asked for, or any free one for 0. Throws a line that tells what to do when it is taken. */
export async function choosePort(port: number, host: string, flag: string): Promise<number> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch (error) {
    throw new Error(portFault(error as NodeJS.ErrnoException, port, host, flag));
  } finally {
    server.close();
  }
}

function portFault(error: NodeJS.ErrnoException, port: number, host: string, flag: string): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program. Stop it, or choose another port: ${flag} ${port + 10}, or ${flag} 0 for any free one.`;
  }
  if (error.code === 'EACCES')
    return `Port ${port} on ${host} needs rights this user does not have. Choose one above 1023: ${flag} 8080.`;
  return `Port ${port} on ${host} cannot be used: ${error.message}`;
}
