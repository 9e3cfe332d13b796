import { readFile } from 'node:fs/promises';

/** One request as Locust measured it. `at` is when it was sent, in seconds since 1970. */
export interface LoggedRequest {
  at: number;
  name: string;
  /** 0: no answer came. */
  status: number;
  ms: number;
  error?: string;
  order_id?: string;
}

export interface RequestLog {
  requests: LoggedRequest[];
  /** When the first buyer started and when the load was told to stop; null: it never did. */
  startedAt: number | null;
  endedAt: number | null;
  cpu: { at: number; percent: number }[];
}

interface LoggedEvent {
  event: 'start' | 'cpu' | 'end' | 'stop';
  at: number;
  percent?: number;
}

/** Reads what loadtest/recorder.py wrote. A last line that a killed Locust left unfinished is passed over. */
export async function readRequestLog(file: string): Promise<RequestLog> {
  const text = await readFile(file, 'utf8').catch(ignoreMissing);
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LoggedRequest | LoggedEvent);
  const events = lines.filter((line) => 'event' in line);
  const times = (kind: LoggedEvent['event']) =>
    events.filter(({ event }) => event === kind).map(({ at }) => at);
  return {
    requests: lines.filter((line) => 'name' in line).sort((a, b) => a.at - b.at),
    // Each process of a distributed run tells its own; the first counts.
    startedAt: times('start')[0] ?? null,
    endedAt: times('end')[0] ?? null,
    cpu: events
      .filter(({ event }) => event === 'cpu')
      .map(({ at, percent = 0 }) => ({ at, percent })),
  };
}

function ignoreMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

export const isOrder = ({ name }: LoggedRequest): boolean => name.startsWith('POST /orders/');
export const isAccepted = (request: LoggedRequest): boolean =>
  isOrder(request) && request.error === undefined && request.status >= 200 && request.status < 300;
export const isRefused = (request: LoggedRequest): boolean =>
  isOrder(request) && /\[(refused|sold out)\]$/.test(request.name);
export const isDeclined = (request: LoggedRequest): boolean =>
  isOrder(request) && request.name.endsWith('[declined]');

export const answeredAt = ({ at, ms }: LoggedRequest): number => at + ms / 1000;

/** Ids of the orders that were answered 2xx: what the books have to know. */
export const acceptedIds = (log: RequestLog): string[] =>
  log.requests.flatMap((request) =>
    isOrder(request) && request.status < 300 && request.order_id ? [request.order_id] : [],
  );
