import type { IncomingMessage } from 'node:http';
import { ConsoleProblem } from './route.ts';

const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Keeps pages of other origins out. A name that was pointed at this machine (DNS rebinding) fails by its `Host`, a
 * form or script elsewhere by its `Origin`; programs send no `Origin` and are let in.
 */
export function guard({ method, headers }: IncomingMessage, readOnly: boolean): void {
  const host = headers.host ?? '';
  if (!LOOPBACK_NAMES.has(host.replace(/:\d+$/, ''))) {
    throw new ConsoleProblem(403, `Host must be this machine's own address, got "${host}"`);
  }
  if (method === 'GET' || method === 'HEAD') return;
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new ConsoleProblem(403, `a change must come from this page, not from "${origin}"`);
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new ConsoleProblem(403, `a change must come from this page, not from a ${site} one`);
  }
  if (readOnly) {
    throw new ConsoleProblem(403, 'this console only shows: it was started with --read-only');
  }
}
