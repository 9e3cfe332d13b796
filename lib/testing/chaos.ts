import type { ChargeBook } from '../domain/chargeBook.ts';
import type { PaymentFaults } from '../domain/declinesAndFaults.ts';
import { OrderError } from '../domain/errors.ts';
import type { AsyncOrder, Item, Order } from '../domain/order.ts';
import { orderMessage } from '../domain/orderMessage.ts';
import type { StockStore } from '../domain/ports.ts';
import { processParsedMessage } from '../domain/processMessage.ts';
import { simulatedPayment } from '../domain/simulatedPayment.ts';
import { sweepOrders } from '../domain/sweepOrders.ts';
import { sweepStock } from '../domain/sweepStock.ts';
import { takeAsyncOrder } from '../domain/takeAsyncOrder.ts';
import { takeSyncOrder } from '../domain/takeSyncOrder.ts';
import { UnitStock } from '../domain/unitStock.ts';
import { MemoryStock } from './memoryStock.ts';
import {
  anAsyncOrder,
  aSyncOrder,
  FAULTS,
  LEASE_MS,
  orderRequest,
  PAYMENT_MS,
  SWEEP_AFTER_MS,
  world,
} from './world.ts';

type Deps = ReturnType<typeof world>['deps'] & {
  stockRows: StockStore;
  stock: UnitStock | undefined;
};

/**
 * What may become of a call: done, at once or slowly; failed undone; done without an answer; failed now and done later;
 * and the caller killed before or after it is done.
 */
export const FATES = ['slow', 'undone', 'unanswered', 'late', 'killBefore', 'killAfter'] as const;
export type Fate = 'ok' | (typeof FATES)[number];

export type Step =
  | { do: 'order'; key: number; way: 'sync' | 'queued'; items?: Item[] }
  | { do: 'deliver'; pick: number; isLost: boolean; afterTicks: number }
  | { do: 'sweep' }
  | { do: 'wait'; durationMs: number }
  | { do: 'arrive' };

/** A stock, as right or as wrong as is wanted. */
export interface StockChaos {
  rows: StockStore;
  perCustomer?: number | undefined;
  faults?: Partial<PaymentFaults>;
  stockOf?: (stock: UnitStock) => UnitStock;
}

/** The service with its ports at the mercy of the fates, and everything it promised to buyers. */
export class Chaos {
  readonly world: ReturnType<typeof world>;
  readonly messages: AsyncOrder[] = [];
  readonly taken: Order[] = [];
  readonly notTaken: Order[] = [];
  #late: (() => Promise<unknown>)[] = [];
  #fates: Fate[];
  readonly #bookOf: (book: ChargeBook) => ChargeBook;
  readonly #stock: StockChaos | undefined;
  /** Called as the buyer hears of it. */
  onTaken?: (order: Order) => void;

  constructor(
    fates: Fate[],
    bookOf: (book: ChargeBook) => ChargeBook = (book) => book,
    stock?: StockChaos,
  ) {
    this.#fates = fates;
    this.#bookOf = bookOf;
    this.#stock = stock;
    this.world = world(stock?.faults);
  }

  async run(step: Step): Promise<void> {
    const { clock } = this.world;
    switch (step.do) {
      case 'order':
        return this.#order(step.key, step.way, step.items);
      case 'deliver':
        // So that a delivery falls anywhere into what else goes on at that moment.
        for (let tick = 0; tick < step.afterTicks; tick += 1) await null;
        return this.#deliver(step.pick, step.isLost);
      case 'sweep':
        return this.#sweep();
      case 'wait':
        return clock.advance(step.durationMs);
      case 'arrive':
        return this.#arrive();
    }
  }

  /** Ends all faults, and gives the service the time that it needs. Returns the orders still open then. */
  async settle(): Promise<Order[]> {
    this.#fates = [];
    await this.#arrive();
    for (let round = 0; round < 4; round += 1) {
      this.world.clock.advance(3_600_000 + SWEEP_AFTER_MS);
      await this.run({ do: 'sweep' });
      while (this.messages.length > 0) await this.#deliver(0, true);
    }
    return [...this.world.store.orders.values()].filter(({ status }) => status === 'pending');
  }

  async #order(key: number, way: 'sync' | 'queued', items = orderRequest().items): Promise<void> {
    const nowMs = this.world.clock.now();
    const request = { customer_id: 1 + (key % 2), items };
    const asked = { nowMs, request, idempotencyKey: `key ${way} ${key}` };
    try {
      const placement = await this.#live((deps) =>
        way === 'sync'
          ? takeSyncOrder(deps, aSyncOrder(asked))
          : takeAsyncOrder(deps, anAsyncOrder({ ...asked, sweepAtMs: nowMs + SWEEP_AFTER_MS })),
      );
      if (placement === undefined) return;
      this.taken.push(placement.order);
      this.onTaken?.(placement.order);
    } catch (error) {
      if (!(error instanceof OrderError)) throw error;
      if (error.code === 'not_taken' && error.order !== undefined) this.notTaken.push(error.order);
    }
  }

  async #deliver(pick: number, isLost: boolean): Promise<void> {
    const index = pick % Math.max(1, this.messages.length);
    const order = this.messages[index];
    if (order === undefined) return;
    if (isLost) this.messages.splice(index, 1);
    // A delivery that fails comes again, or is lost: the sweeper has to cope with either.
    await this.#live((deps) =>
      processParsedMessage(deps, orderMessage(order, order.created_at)),
    ).catch(() => {});
  }

  async #sweep(): Promise<void> {
    // A run that fails is followed by the next.
    await this.#live((deps) => sweepOrders(deps, Number.POSITIVE_INFINITY)).catch(() => {});
    if (this.#stock === undefined) return;
    await this.#live(({ store, clock, report, stockRows }) =>
      sweepStock({ store, stockRows, clock, report, leaseMs: LEASE_MS }, Number.POSITIVE_INFINITY),
    ).catch(() => {});
  }

  async #arrive(): Promise<void> {
    const late = this.#late;
    this.#late = [];
    for (const call of late) await call();
  }

  /** Runs one invocation; a killed one just never goes on. */
  async #live<T>(invocation: (deps: Deps) => Promise<T>) {
    const killed = Promise.withResolvers<undefined>();
    const { store, book, clock, deps } = this.world;
    const publisher = { publish: async (order: AsyncOrder) => void this.messages.push(order) };
    const port = <P extends object>(target: P) =>
      this.#fated(target, () => killed.resolve(undefined));
    const payments = simulatedPayment({
      book: port(this.#bookOf(book)),
      clock,
      durationMs: PAYMENT_MS,
      faults: FAULTS.parse(this.#stock?.faults ?? {}),
    });
    const stockRows = port(this.#stock?.rows ?? new MemoryStock());
    const running = invocation({
      ...deps,
      store: port(store),
      payments,
      publisher: port(publisher) as unknown as typeof deps.publisher,
      stockRows,
      stock: this.#stock && this.#unitStock(this.#stock, stockRows),
    });
    return Promise.race([running, killed.promise]);
  }

  #unitStock({ perCustomer, stockOf = (stock) => stock }: StockChaos, store: StockStore) {
    return stockOf(new UnitStock({ store, clock: this.world.clock, perCustomer }));
  }

  #fated<P extends object>(target: P, kill: () => void): P {
    const never = new Promise<never>(() => {});
    return new Proxy(target, {
      get:
        (_, name) =>
        async (...args: unknown[]) => {
          const call = async () =>
            (Reflect.get(target, name, target) as (...a: unknown[]) => unknown).apply(target, args);
          const fate = this.#fates.shift() ?? 'ok';
          if (fate === 'undone') throw new Error(`${String(name)} failed`);
          if (fate === 'late') this.#late.push(call);
          if (fate === 'late') throw new Error(`${String(name)} will be done later`);
          if (fate === 'slow') await this.world.clock.sleep(10);
          if (fate === 'killBefore') kill();
          if (fate === 'killBefore') return never;
          const result = await call();
          if (fate === 'unanswered') throw new Error(`${String(name)} gave no answer`);
          if (fate === 'killAfter') kill();
          return fate === 'killAfter' ? never : result;
        },
    });
  }
}
