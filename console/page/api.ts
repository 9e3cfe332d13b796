/** What an answer that is not good says. */
export class ApiProblem extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

export const get = <T>(path: string): Promise<T> => call<T>(path, {});

export const send = <T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) =>
  call<T>(path, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch(() => {
    throw new ApiProblem(0, 'The service does not answer.');
  });
  const answer = (await response.json()) as T & { detail?: string };
  if (!response.ok) throw new ApiProblem(response.status, answer.detail ?? response.statusText);
  return answer;
}

export interface ServiceInfo {
  service: string;
  stage: string;
  version: string;
  readOnly: boolean;
  api: string;
  queues: { orders: string; orderDeadLetters: string; directDeadLetters: string };
  functions: string[];
}

export interface LogLine {
  id: number;
  at: number;
  functionKey: string;
  line: string;
}

export interface StoredOrder {
  order: {
    order_id: string;
    status: string;
    way: string;
    created_at: string;
    attempts?: number;
    last_error?: { at: string; cause: string };
    [attribute: string]: unknown;
  };
  charges: Record<string, unknown>[];
  log: LogLine[];
}

export interface DeadLetter {
  queue: string;
  messageId: string;
  sentAt: string;
  orderId?: string;
  cause?: string;
  status?: string;
  attempts?: number;
  body: string;
}

export interface Placed {
  status: number;
  tookMs: number;
  headers: Record<string, string>;
  body: unknown;
}

export interface SaleState {
  phases: { id: string; name: string; seconds: number }[];
  run: {
    running: boolean;
    phase: string;
    startedAt: string;
    plannedSeconds: number;
    said: string[];
    status: number | null;
    folder: string;
  } | null;
}
