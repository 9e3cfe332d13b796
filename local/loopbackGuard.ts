import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

interface Refusal {
  status: 400 | 403;
  message: string;
}

/** Names that nobody's DNS can point here (RFC 6761, 6.3), and those by which a container calls this machine. */
const OWN_NAMES =
  /^((.+\.)?localhost|127(\.\d{1,3}){3}|\[?::1\]?|host\.(docker|containers)\.internal)$/i;

/**
 * Puts a guard in front of whatever serves a server's requests: pages of other origins are kept away from the ports of
 * this machine. Open to pages is an API that says by its own CORS configuration what they may read.
 */
export function guardServer(server: Server, host: string, isOpenToPages = false): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const refusal =
      foreignHost(request, host) ?? (isOpenToPages ? undefined : foreignPage(request));
    if (refusal === undefined) {
      for (const listener of listeners) listener.call(server, request, response);
      return;
    }
    const { status, message } = refusal;
    const headers = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' };
    response.writeHead(status, headers).end(JSON.stringify({ message }));
  });
}

const forbid = (message: string): Refusal => ({ status: 403, message });

/** A name that somebody pointed at this machine (DNS rebinding) makes a page one of this origin, but not by its Host. */
function foreignHost({ url = '', headersDistinct }: IncomingMessage, host: string) {
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  const hosts = headersDistinct.host ?? [];
  const name = authority ?? hosts[0] ?? 'localhost';
  if (hosts.length > 1) return { status: 400, message: 'Bad Request' } as const;
  if (isOwnName(name.replace(/:\d*$/, ''), host)) return undefined;
  return forbid(`Host must be this machine's own address, got "${name}"`);
}

/** Who opens a port to a network may come by an address, which needs no DNS, and by the machine's name. */
function isOwnName(name: string, host: string): boolean {
  if (OWN_NAMES.test(name)) return true;
  const isAddress = isIP(name.replace(/^\[|\]$/g, '')) > 0;
  return !OWN_NAMES.test(host) && (isAddress || name === host || name === hostname());
}

/** Browsers name the page that asks, programs none. A link is followed by the reader, not by the page it stands on. */
function foreignPage({ method, headers }: IncomingMessage): Refusal | undefined {
  const { origin, host, 'sec-fetch-site': site = 'none' } = headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    return forbid(`a request must come from this port's own page, not from "${origin}"`);
  }
  const isFollowed =
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document';
  return site === 'same-origin' || site === 'none' || isFollowed
    ? undefined
    : forbid(`a request must come from this port's own page, not from a ${site} one`);
}
