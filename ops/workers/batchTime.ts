import { shareOfACore } from '../../common/cpuShare.ts';

/** CPU of an order that a worker pays, on a whole core: `npm run bench -- cpu`. Half of it comes before the payment, half after. */
export const PAID_ORDER_CPU_MS = 2.4;

/**
 * When each order of a batch has been paid, from the start of its invocation. Orders share the core, so that each charge
 * begins when those before it have computed; what follows a payment is computed while others still wait.
 */
export const endsOfBatch = (paymentsMs: number[], orderMs: number): number[] =>
  paymentsMs.map((paymentMs, index) => ((index + 2) / 2) * orderMs + paymentMs);

/** How long a batch of so many takes whose payments all take the same. */
export const batchMs = (size: number, paymentMs: number, orderMs: number): number =>
  paymentMs + ((size + 1) / 2) * orderMs;

interface Work {
  ordersPerSecond: number;
  paymentSeconds: number;
  batchSize: number;
  memoryMb: number;
}

/** The least workers that keep up. */
export function workersFor({ ordersPerSecond, paymentSeconds, batchSize, memoryMb }: Work): number {
  const orderMs = PAID_ORDER_CPU_MS / shareOfACore(memoryMb);
  const seconds = batchMs(batchSize, paymentSeconds * 1000, orderMs) / 1000;
  return Math.ceil((ordersPerSecond * seconds) / batchSize);
}
