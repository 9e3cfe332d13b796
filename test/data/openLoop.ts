import { Agent, request } from 'node:http';
import { ASYNC_WAYS, type AsyncWay } from '../../lib/domain/order.ts';
import { order } from '../journeys/client.ts';

const TICK_MS = 5;

export interface Answer {
  /** Since the first order was sent. */
  sentAtMs: number;
  tookMs: number;
  status: number;
}

/** Buyers who come at a steady rate whatever becomes of those before them, one way after the other. */
export class OpenLoop {
  /** Ids of the orders that were answered 202. */
  readonly accepted = new Set<string>();
  readonly answers: Answer[] = [];
  readonly #api: URL;
  readonly #ratePerSecond: number;
  readonly #ways: readonly AsyncWay[];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #body = JSON.stringify(order());
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  #sent = 0;

  constructor(api: string, ratePerSecond: number, ways: readonly AsyncWay[] = ASYNC_WAYS) {
    this.#api = new URL(api);
    this.#ratePerSecond = ratePerSecond;
    this.#ways = ways;
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS);
  }

  get sent(): number {
    return this.#sent;
  }

  /** Sends no more, and waits for what is on its way: an answer, or the end of the connection. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    this.#agent.destroy();
  }

  #sendDue(): void {
    const due = ((performance.now() - this.#startedAt) / 1000) * this.#ratePerSecond;
    while (this.#sent < due) {
      const buying = this.#buy(this.#ways[this.#sent % this.#ways.length] ?? 'queued');
      this.#open.add(buying);
      void buying.finally(() => this.#open.delete(buying));
      this.#sent += 1;
    }
  }

  #buy(way: AsyncWay): Promise<void> {
    const sentAt = performance.now();
    return new Promise((resolve) => {
      const asking = request(
        new URL(`/orders/async?way=${way}`, this.#api),
        { method: 'POST', agent: this.#agent, headers: { 'content-type': 'application/json' } },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk) => {
            text += chunk;
          });
          // An answer that is cut off promised nothing.
          answer.once('end', () => {
            const { statusCode: status = 0 } = answer;
            if (status === 202) this.accepted.add(JSON.parse(text).order_id);
            const sentAtMs = sentAt - this.#startedAt;
            this.answers.push({ sentAtMs, tookMs: performance.now() - sentAt, status });
          });
          answer.once('close', resolve);
        },
      );
      asking.once('error', () => resolve());
      asking.end(this.#body);
    });
  }
}
