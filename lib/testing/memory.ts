import type { Charge, ChargeBook, OpenChargeBook } from '../domain/chargeBook.ts';
import { type AsyncOrder, failureNote, type Order, type Pledge } from '../domain/order.ts';
import type { OrderEvent } from '../domain/orderEvents.ts';
import type {
  BreakerRow,
  BreakerStore,
  NotedOrder,
  OrderPublisher,
  OrderStore,
} from '../domain/ports.ts';
import { readOrder } from '../domain/storedRow.ts';

/** Orders in memory, under the same conditions as the table's. */
export class MemoryOrderStore implements OrderStore {
  readonly orders = new Map<string, Order>();

  async get(orderId: string): Promise<Order | undefined> {
    const row = this.orders.get(orderId);
    return row && readOrder(structuredClone(row));
  }

  getLagging(orderId: string): Promise<Order | undefined> {
    return this.get(orderId);
  }

  async create(order: Order): Promise<Order> {
    return this.#putIf(order, (standing) => standing === undefined);
  }

  async revive(order: Order): Promise<Order> {
    return this.#putIf(
      order,
      (standing) => standing?.status === 'cancelled' && standing.revision === order.revision - 1,
    );
  }

  async settlePledge(order: Order, pledge: Pledge): Promise<Order> {
    const isSettled = this.#update(order, { pledge: undefined }, (standing) => ({
      ...standing,
      pledge,
    }));
    if (isSettled) return { ...order, pledge };
    const standing = await this.get(order.order_id);
    if (standing === undefined) throw new Error(`order ${order.order_id} is gone`);
    return standing;
  }

  async finish(order: Order, end: object): Promise<boolean> {
    return this.#update(order, {}, (standing) => {
      const { open_shard: _, sweep_at: __, lease_until: ___, ...closed } = standing;
      return { ...closed, ...end };
    });
  }

  async noteFailure(order: NotedOrder, at: string, cause: string): Promise<void> {
    this.#update(order, {}, (standing) => ({
      ...standing,
      attempts: (standing.attempts ?? 0) + 1,
      ...failureNote(order, { at, cause }),
    }));
  }

  async postpone(order: Order, sweepAt: string): Promise<boolean> {
    return this.#update(order, { sweep_at: order.sweep_at }, (standing) => ({
      ...standing,
      sweep_at: sweepAt,
    }));
  }

  async findDue(shard: string, dueBy: string, limit: number, after?: object): Promise<object[]> {
    return [...this.orders.values()]
      .filter(({ open_shard, sweep_at }) => open_shard === shard && (sweep_at ?? '') <= dueBy)
      .filter((order) => after === undefined || place(order) > place(after as Order))
      .sort((a, b) => (place(a) < place(b) ? -1 : 1))
      .slice(0, limit)
      .map(indexed);
  }

  #putIf(order: Order, holds: (standing: Order | undefined) => boolean): Order {
    const standing = this.orders.get(order.order_id);
    if (standing !== undefined && !holds(standing)) return readOrder(structuredClone(standing));
    this.orders.set(order.order_id, structuredClone(order));
    return order;
  }

  #update(
    { order_id, revision }: NotedOrder,
    where: object,
    change: (standing: Order) => Order,
  ): boolean {
    const standing = this.orders.get(order_id);
    const state = revision === undefined ? { order_id } : { status: 'pending', revision };
    const expected = { ...state, ...where };
    if (standing === undefined || !matches(standing, expected)) return false;
    this.orders.set(order_id, change(standing));
    return true;
  }
}

/** What the table's index shows. */
const indexed = ({ order_id, open_shard, sweep_at, accepted_at, way }: Order) => ({
  order_id,
  open_shard,
  sweep_at,
  ...(accepted_at !== undefined && { accepted_at }),
  ...(way !== undefined && { way }),
});

const place = ({ sweep_at, order_id }: Order) => `${sweep_at} ${order_id}`;

const matches = (standing: object, expected: object) =>
  Object.entries(expected).every(
    ([name, value]) => (standing as Record<string, unknown>)[name] === value,
  );

/** The breaker's row in memory. */
export class MemoryBreakerStore implements BreakerStore {
  row: BreakerRow = {};

  async read(): Promise<BreakerRow> {
    return { ...this.row };
  }

  async change({ set, add, remove = [], where }: Parameters<BreakerStore['change']>[0]) {
    if (!matches(this.row, where)) return false;
    const { failures = 0 } = this.row;
    const changed = { ...this.row, ...set, ...(add && { failures: failures + add.failures }) };
    const left = Object.entries(changed).filter(([name]) => !remove.includes(name));
    this.row = Object.fromEntries(left);
    return true;
  }
}

/** The provider's book in memory. */
export class MemoryChargeBook implements ChargeBook {
  readonly charges = new Map<string, Charge>();

  async putIfAbsent(charge: Charge): Promise<boolean> {
    if (this.charges.has(charge.charge_id)) return false;
    this.charges.set(charge.charge_id, charge);
    return true;
  }

  async get(chargeId: string): Promise<Charge | undefined> {
    return this.charges.get(chargeId);
  }

  /** Charges of an order that took money. */
  chargedFor(orderId: string): Charge[] {
    return [...this.charges.values()].filter(
      ({ order_id, outcome }) => order_id === orderId && outcome === 'charged',
    );
  }
}

export class MemoryOpenChargeBook extends MemoryChargeBook implements OpenChargeBook {
  async settle(charge: Charge): Promise<boolean> {
    if (this.charges.get(charge.charge_id)?.outcome !== 'open') return false;
    this.charges.set(charge.charge_id, charge);
    return true;
  }
}

export class MemoryPublisher implements OrderPublisher {
  readonly published: AsyncOrder[] = [];

  async publish(order: AsyncOrder): Promise<void> {
    this.published.push(order);
  }
}

/** Keeps what was reported, and tells how often. */
export class EventLog {
  readonly events: OrderEvent[] = [];
  readonly report = (event: OrderEvent): void => {
    this.events.push(event);
  };

  count(type: OrderEvent['type'], status?: string): number {
    return this.events.filter(
      (event) =>
        event.type === type &&
        (status === undefined ||
          ('order' in event && 'status' in event.order && event.order.status === status)),
    ).length;
  }
}
