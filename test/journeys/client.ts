import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { parseJson } from '../../common/json.ts';
import { expectDocumented } from './documented.ts';
import type { JourneyTarget } from './target.ts';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The parsed body; undefined when it is not JSON. */
  body: unknown;
  durationMs: number;
}

export interface PlacedOrder {
  order_id: string;
  status: string;
  way: string;
  total_cents: number;
  [field: string]: unknown;
}

/** Headers that make a request one that can be repeated. */
export const withKey = () => ({ 'idempotency-key': randomUUID() });

/** A buyer: talks to the API as a shop's page would. */
export class Buyer {
  readonly #target: JourneyTarget;

  constructor(target: JourneyTarget) {
    this.#target = target;
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  /** The signal is that of a buyer who hangs up. */
  post(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Answer> {
    const typed = { 'content-type': 'application/json', ...headers };
    return this.send('POST', path, JSON.stringify(body), typed, signal);
  }

  send(
    method: string,
    path: string,
    body?: string | Buffer,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Answer> {
    const url = new URL(`${this.#target.api}${path}`);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const outgoing = (url.protocol === 'https:' ? secureRequest : request)(
        url,
        { method, headers: { ...length, ...headers }, ...(signal && { signal }) },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const durationMs = performance.now() - startedAt;
            const { statusCode: status = 0, headers: received } = incoming;
            const answer = { status, headers: received, text, body: parseJson(text), durationMs };
            try {
              // MiniStack's gateway has answers of its own.
              if (this.#target.name !== 'ministack') expectDocumented(method, path, answer);
              resolve(answer);
            } catch (difference) {
              reject(difference);
            }
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** Looks the order up until it is final, far more often than `Retry-After` asks for. */
  async follow(
    location: string,
    deadlineMs = 30_000,
  ): Promise<{ seen: string[]; order: PlacedOrder }> {
    const seen: string[] = [];
    const endAt = Date.now() + deadlineMs;
    for (;;) {
      const { status, body } = await this.get(location);
      const order = body as PlacedOrder;
      if (status !== 200)
        throw new Error(`GET ${location} answered ${status}: ${JSON.stringify(body)}`);
      if (seen.at(-1) !== order.status) seen.push(order.status);
      if (order.status !== 'pending') return { seen, order };
      if (Date.now() > endAt)
        throw new Error(`${location} is still pending after ${deadlineMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export function order(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    customer_id: 123,
    items: [{ item_id: 'item-1', name: 'Product Name', price: 99.99, quantity: 2 }],
    ...overrides,
  };
}
