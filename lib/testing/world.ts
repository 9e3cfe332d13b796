import { type PaymentFaults, paymentFaultsSchema } from '../domain/declinesAndFaults.ts';
import type { AsyncOrder, AsyncWay, Order } from '../domain/order.ts';
import { orderFromRequest, type TakenRequest } from '../domain/orderFromRequest.ts';
import type { PaymentProvider } from '../domain/ports.ts';
import { simulatedPayment } from '../domain/simulatedPayment.ts';
import { FakeClock } from './fakeClock.ts';
import { EventLog, MemoryChargeBook, MemoryOrderStore, MemoryPublisher } from './memory.ts';

export const PAYMENT_MS = 3_000;
export const LINE = { ahead: 0, perOrderMs: 310, ownMs: 4_100 };
export const LEASE_MS = 15_000;
export const SWEEP_AFTER_MS = 900_000;
/** Made once: tests make thousands of worlds. */
export const FAULTS = paymentFaultsSchema();
export const SALT = 'a salt of sixteen characters';

/** Everything that an order meets, in memory: the dependencies of every use case. */
export function world(faults: Partial<PaymentFaults> = {}) {
  const clock = new FakeClock();
  const store = new MemoryOrderStore();
  const book = new MemoryChargeBook();
  const publisher = new MemoryPublisher();
  const log = new EventLog();
  const payments: PaymentProvider = simulatedPayment({
    book,
    clock,
    durationMs: PAYMENT_MS,
    faults: FAULTS.parse(faults),
  });
  const deps = {
    store,
    payments,
    publisher,
    clock,
    report: log.report,
    paymentTimeoutMs: PAYMENT_MS + 2_000,
    retryAfterSeconds: PAYMENT_MS / 1000,
    lineNow: async () => LINE,
  };
  return { ...deps, deps, book, log };
}

export const orderRequest = () => ({
  customer_id: 7,
  items: [{ item_id: 'sku-1', name: 'Lamp', price: 19.99, quantity: 3 }],
});

export const anOrder = (overrides: Partial<TakenRequest> = {}): Order =>
  orderFromRequest({
    request: orderRequest(),
    way: 'queued',
    idempotencyKey: undefined,
    salt: SALT,
    nowMs: new FakeClock().now(),
    sweepAtMs: new FakeClock().now() + SWEEP_AFTER_MS,
    ...overrides,
  });

export const anAsyncOrder = (
  overrides: Partial<TakenRequest> & { way?: AsyncWay } = {},
): AsyncOrder => ({
  ...anOrder(overrides),
  way: overrides.way ?? 'queued',
});

export const aSyncOrder = (overrides: Partial<TakenRequest> = {}): Order => {
  const leaseUntilMs = (overrides.nowMs ?? new FakeClock().now()) + LEASE_MS;
  return anOrder({ way: 'sync', leaseUntilMs, sweepAtMs: leaseUntilMs, ...overrides });
};

/**
 * The port with one call's answer replaced: `before` fails it undone, `after` does it and loses the answer. The fault
 * fires once, or `times` times.
 */
export function failing<T extends object>(
  port: T,
  method: keyof T,
  when: 'before' | 'after',
  times = 1,
): T {
  let left = times;
  return new Proxy(port, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        const fires = name === method && left-- > 0;
        if (fires && when === 'before') throw new Error(`${String(name)} failed`);
        const result: unknown = await value.apply(target, args);
        if (fires) throw new Error(`${String(name)} gave no answer`);
        return result;
      };
    },
  });
}
