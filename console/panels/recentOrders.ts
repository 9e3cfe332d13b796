import * as z from 'zod';
import { parseJson } from '../../common/json.ts';
import type { LogEntry } from '../../contracts/consoleApi.ts';
import type { RecentOrder, RecentOrders } from '../../contracts/orderPanelsApi.ts';
import { STATUSES, WAYS } from '../../lib/domain/order.ts';
import type { LogBook } from '../logBook.ts';

/** A whole sale's. */
const MOST_ORDERS = 20_000;
/** Only these lines are read: the others are many, and say nothing of an order's state. */
const TELLING = /"message":"(order accepted|order ended|attempt failed)/;

const lineSchema = z.object({
  message: z.string(),
  order_id: z.string(),
  way: z.enum(WAYS),
  status: z.enum(STATUSES).optional(),
});

export interface OrderFilter {
  status?: string | undefined;
  way?: string | undefined;
  limit: number;
}

/** The orders of this service since its start, as its functions' log lines tell them: no table is read for it. */
export class RecentOrderBook {
  readonly #logs: Pick<LogBook, 'since'>;
  readonly #orders = new Map<string, RecentOrder>();
  #readTo = 0;

  constructor(logs: Pick<LogBook, 'since'>) {
    this.#logs = logs;
  }

  /** The newest first. */
  find({ status, way, limit }: OrderFilter): RecentOrders {
    this.read();
    const found = [...this.#orders.values()]
      .filter((order) => status === undefined || order.status === status)
      .filter((order) => way === undefined || order.way === way);
    return { count: found.length, orders: found.toReversed().slice(0, limit) };
  }

  /** Takes what was written since the last time; the log keeps lines for a while only. */
  read(): void {
    for (const entry of this.#logs.since(this.#readTo)) {
      this.#readTo = entry.id;
      if (TELLING.test(entry.line)) this.#take(entry);
    }
  }

  #take({ at, line }: LogEntry): void {
    const { data } = lineSchema.safeParse(parseJson(line));
    if (data === undefined) return;
    const { order_id, way, message, status } = data;
    const known = this.#orders.get(order_id);
    const order = known ?? { order_id, way, status: 'pending', taken_at: at, failed_attempts: 0 };
    if (message.startsWith('attempt')) order.failed_attempts += 1;
    if (message === 'order accepted') order.status = 'pending';
    if (message === 'order ended') Object.assign(order, { status, ended_at: at });
    this.#orders.set(order_id, order);
    const [oldest] = this.#orders.keys();
    if (this.#orders.size > MOST_ORDERS && oldest !== undefined) this.#orders.delete(oldest);
  }
}
