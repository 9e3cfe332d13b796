import type { IncomingMessage, ServerResponse } from 'node:http';
import type { History, Recorded } from './history.ts';

const RETRY_MS = 1000;
const KEEP_ALIVE_MS = 15_000;
/** A page that does not read is cut off; it comes back and says what it has. */
const MOST_WAITING_BYTES = 4_194_304;

/** Server-sent events: what the page has missed first, then each sample as it is taken. */
export function streamSamples(
  request: IncomingMessage,
  response: ServerResponse,
  history: History,
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(`retry: ${RETRY_MS}\n\n`);
  const send = ({ id, json }: Recorded) => {
    if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
    else response.write(`id: ${id}\nevent: sample\ndata: ${json}\n\n`);
  };
  for (const missed of history.after(lastSeen(request))) send(missed);
  const stopListening = history.onAdd(send);
  // What comes between a page and this server closes connections that say nothing.
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS);
  response.once('close', () => {
    clearInterval(keepAlive);
    stopListening();
  });
}

function lastSeen({ headers, url = '/' }: IncomingMessage): number {
  const after = new URL(url, 'http://console').searchParams.get('after');
  const id = Number(headers['last-event-id'] ?? after);
  return Number.isFinite(id) ? id : 0;
}
