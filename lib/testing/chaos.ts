import { OrderError } from '../domain/errors.ts';
import type { AsyncOrder, Order } from '../domain/order.ts';
import { orderMessage } from '../domain/orderMessage.ts';
import { processParsedMessage } from '../domain/processMessage.ts';
import { type ChargeBook, simulatedPayment } from '../domain/simulatedPayment.ts';
import { sweepOrders } from '../domain/sweepOrders.ts';
import { takeAsyncOrder } from '../domain/takeAsyncOrder.ts';
import { takeSyncOrder } from '../domain/takeSyncOrder.ts';
import { anAsyncOrder, aSyncOrder, PAYMENT_MS, SWEEP_AFTER_MS, world } from './world.ts';

/**
 * What may become of a call: done, at once or slowly; failed undone; done without an answer; failed now and done later;
 * and the caller killed before or after it is done.
 */
export const FATES = ['slow', 'undone', 'unanswered', 'late', 'killBefore', 'killAfter'] as const;
export type Fate = 'ok' | (typeof FATES)[number];

export type Step =
  | { do: 'order'; key: number; way: 'sync' | 'queued' }
  | { do: 'deliver'; pick: number; isLost: boolean; afterTicks: number }
  | { do: 'sweep' }
  | { do: 'wait'; durationMs: number }
  | { do: 'arrive' };

/** The service with its ports at the mercy of the fates, and everything it promised to buyers. */
export class Chaos {
  readonly world = world();
  readonly messages: AsyncOrder[] = [];
  readonly taken: Order[] = [];
  readonly notTaken: Order[] = [];
  #late: (() => Promise<unknown>)[] = [];
  #fates: Fate[];
  readonly #bookOf: (book: ChargeBook) => ChargeBook;

  constructor(fates: Fate[], bookOf: (book: ChargeBook) => ChargeBook = (book) => book) {
    this.#fates = fates;
    this.#bookOf = bookOf;
  }

  async run(step: Step): Promise<void> {
    const { clock } = this.world;
    switch (step.do) {
      case 'order':
        return this.#order(step.key, step.way);
      case 'deliver':
        // So that a delivery falls anywhere into what else goes on at that moment.
        for (let tick = 0; tick < step.afterTicks; tick += 1) await null;
        return this.#deliver(step.pick, step.isLost);
      case 'sweep':
        // A run that fails is followed by the next.
        return this.#live((deps) => sweepOrders(deps, Number.POSITIVE_INFINITY)).catch(() => {});
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

  async #order(key: number, way: 'sync' | 'queued'): Promise<void> {
    const nowMs = this.world.clock.now();
    const asked = { nowMs, idempotencyKey: `key ${way} ${key}`, sweepAtMs: nowMs + SWEEP_AFTER_MS };
    try {
      const placement = await this.#live((deps) =>
        way === 'sync'
          ? takeSyncOrder(deps, aSyncOrder({ nowMs, idempotencyKey: asked.idempotencyKey }))
          : takeAsyncOrder(deps, anAsyncOrder(asked)),
      );
      if (placement !== undefined) this.taken.push(placement.order);
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

  async #arrive(): Promise<void> {
    const late = this.#late;
    this.#late = [];
    for (const call of late) await call();
  }

  /** Runs one invocation; a killed one just never goes on. */
  async #live<T>(invocation: (deps: ReturnType<typeof world>['deps']) => Promise<T>) {
    const killed = Promise.withResolvers<undefined>();
    const { store, book, clock, deps } = this.world;
    const publisher = { publish: async (order: AsyncOrder) => void this.messages.push(order) };
    const port = <P extends object>(target: P) =>
      this.#fated(target, () => killed.resolve(undefined));
    const payments = simulatedPayment({
      book: port(this.#bookOf(book)),
      clock,
      durationMs: PAYMENT_MS,
    });
    const running = invocation({
      ...deps,
      store: port(store),
      payments,
      publisher: port(publisher) as unknown as typeof deps.publisher,
    });
    return Promise.race([running, killed.promise]);
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
