import { Agent, request } from 'node:http';
import { order } from '../journeys/client.ts';

const TICK_MS = 5;
const WAYS = ['queued', 'direct'] as const;

/** Buyers who come at a steady rate whatever becomes of those before them; every other order goes the other way. */
export class OpenLoop {
  /** Ids of the orders that were answered 202. */
  readonly accepted = new Set<string>();
  readonly #api: URL;
  readonly #ratePerSecond: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #body = JSON.stringify(order());
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  #sent = 0;

  constructor(api: string, ratePerSecond: number) {
    this.#api = new URL(api);
    this.#ratePerSecond = ratePerSecond;
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
      const buying = this.#buy(WAYS[this.#sent % WAYS.length] ?? 'queued');
      this.#open.add(buying);
      void buying.finally(() => this.#open.delete(buying));
      this.#sent += 1;
    }
  }

  #buy(way: string): Promise<void> {
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
            if (answer.statusCode === 202) this.accepted.add(JSON.parse(text).order_id);
          });
          answer.once('close', resolve);
        },
      );
      asking.once('error', () => resolve());
      asking.end(this.#body);
    });
  }
}
