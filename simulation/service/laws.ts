import type { AsyncOrder, Order } from '../../lib/domain/order.ts';
import { orderIdIn } from '../../lib/domain/order.ts';
import type { OrderEvent } from '../../lib/domain/orderEvents.ts';
import { type Item, textOf } from '../tables/expression.ts';
import type { VirtualClock } from '../virtualClock.ts';
import type { Chronicle } from './chronicle.ts';
import type { Settings } from './history.ts';

/** An order that waits gets at most one more message in this time. */
const REPUBLISH_AFTER_MS = 3_600_000;

/** What the laws look at. */
interface Watched {
  clock: VirtualClock;
  chronicle: Chronicle;
  settings: Settings;
  orderRow: (orderId: string) => Item | undefined;
  nameOf: (orderId: string) => string;
}

/** What must hold at every moment, and is looked at as it happens. */
export class Laws {
  readonly #world: Watched;
  /** Orders whose message may go before they end: an outage put them away. */
  readonly #parked = new Set<string>();
  readonly #republishedAtMs = new Map<string, number>();
  /** Receives of messages whose batch was answered for others. */
  readonly garbled = new Set<string>();
  /** Until when the charge of a revision may be begun. */
  readonly chargeableUntilMs = new Map<string, number>();
  /** Reported by type, and by the status of what ended. */
  readonly counts = new Map<string, number>();

  constructor(world: Watched) {
    this.#world = world;
  }

  stored(row: Item): void {
    const { deadlineSeconds } = this.#world.settings;
    const deadlineMs =
      deadlineSeconds && Date.parse(textOf(row.accepted_at)) + deadlineSeconds * 1000;
    const untilMs = row.lease_until ? Date.parse(textOf(row.lease_until)) : deadlineMs;
    if (untilMs !== undefined)
      this.chargeableUntilMs.set(`${textOf(row.order_id)}#${textOf(row.revision)}`, untilMs);
  }

  /** A message only points to a record, which has to be there. */
  published({ order_id }: AsyncOrder): void {
    if (this.#world.orderRow(order_id) === undefined)
      this.#violate(order_id, 'was published before it was stored');
  }

  /** A message goes when its order has ended, and not before; one that was taken anew since has a message of its own. */
  acknowledged(body: string, receiptHandle: string): void {
    if (this.garbled.has(receiptHandle))
      this.#world.chronicle.violate('a message was acknowledged by an answer for no message');
    const orderId = orderIdIn(body);
    if (orderId === undefined) return;
    const { status: standing, revision } = this.#world.orderRow(orderId) ?? {};
    const status = textOf(standing);
    const isOver = Number(textOf(revision)) > 1 || (status !== '' && status !== 'pending');
    if (!isOver && !this.#parked.has(orderId))
      this.#violate(orderId, `was acknowledged, and is ${status || 'not stored'}`);
  }

  reported(event: OrderEvent): void {
    const { type } = event;
    const key = type === 'ended' ? event.order.status : type;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    const { chronicle } = this.#world;
    if ('order' in event) chronicle.note(`${type} ${event.order.order_id}`);
    if (type === 'parked') this.#put(event.order);
    if (type === 'accepted') this.#republishedAtMs.delete(event.order.order_id);
    if (type === 'republished') this.#republished(event.order);
  }

  /** A sweeper that was disturbed may do what it did again. */
  sweeperDisturbed(): void {
    this.#republishedAtMs.clear();
  }

  #put({ order_id }: Order): void {
    this.#parked.add(order_id);
    this.#republishedAtMs.delete(order_id);
  }

  #republished({ order_id }: Order): void {
    const nowMs = this.#world.clock.now();
    const lastMs = this.#republishedAtMs.get(order_id);
    this.#republishedAtMs.set(order_id, nowMs);
    if (lastMs !== undefined && nowMs - lastMs < REPUBLISH_AFTER_MS)
      this.#violate(order_id, 'was published again twice within an hour');
  }

  #violate(orderId: string, what: string): void {
    this.#world.chronicle.violate(`${this.#world.nameOf(orderId)} ${what}`);
  }
}
