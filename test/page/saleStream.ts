import type { Page } from 'playwright-core';
import { type ByWay, byWay, type OrderSample } from '../../contracts/orderSample.ts';

const STEP_MS = 1000;
/** The page comes back for the next sample well before it would call the service lost. */
const RETRY_MS = 400;
const PAYMENT_MS = 3000;
const RESERVED: Record<string, number> = { orderSync: 5, queueWorker: 20, topicProcessor: 300 };
const QUOTA = 1000;
const UNRESERVED = QUOTA - 325;
const FUNCTIONS = ['health', 'orderAsync', 'orderStatus', 'orderSweeper', 'orderSync'];
const ORDERS = 'flash-sale-local-orders';

/** One second of a sale in full swing: full lanes, a queue that grew and drains, refusals and dead letters. */
export function saleSample(second: number, at: number): OrderSample {
  // Two minutes of one worker, then twenty: the queue rises and falls.
  const beat = second % 240;
  const isSlow = beat < 120;
  const wave = Math.round(6 * Math.sin(second / 7));
  const visible = isSlow ? beat * 57 : Math.max(0, 6840 - (beat - 120) * 64);
  const workers = isSlow ? 1 : 20;
  return {
    at,
    seconds: 1,
    accepted: ways(2, 60 + wave, 45 - wave),
    completed: ways(second % 2 === 0 ? 2 : 1, isSlow ? 3 : 66, 44 + wave),
    declined: ways(0, second % 9 === 0 ? 1 : 0, second % 15 === 0 ? 1 : 0),
    cancelled: ways(second % 40 === 0 ? 1 : 0, 0, 0),
    refused: ways(second % 30 === 0 ? 1 : 0, second % 20 === 0 ? 2 : 0, 0),
    attemptsFailed: ways(0, second % 11 === 0 ? 3 : 0, second % 25 === 0 ? 1 : 0),
    completionMs: ways(PAYMENT_MS + 40, PAYMENT_MS + visible * 15, PAYMENT_MS + 120),
    promises: isSlow ? { ended: 3, kept: 3 } : { ended: 66, kept: 64 },
    queues: {
      [ORDERS]: { visible, inFlight: workers * 10 },
      [`${ORDERS}-dead-letters`]: { visible: Math.floor(second / 60), inFlight: 0 },
      'flash-sale-local-direct-dead-letters': { visible: Math.floor(second / 90), inFlight: 0 },
    },
    events: { waiting: 12 + wave, running: 135 },
    functions: functionStates(second, workers, 135 + wave),
    account: {
      running: 5 + workers + 135 + wave + 4,
      limit: QUOTA,
      unreserved: { running: 4, limit: UNRESERVED },
    },
    mapping: { enabled: true, maximum: workers, batchSize: 10, running: workers },
    intake: latency(9 + wave / 3, 22 + wave, 48 + 3 * wave),
    latency: latency(10 + wave / 3, PAYMENT_MS, PAYMENT_MS + 40),
  };
}

const latency = (p50Ms: number, p95Ms: number, p99Ms: number) => ({
  answers: 105,
  p50Ms,
  p95Ms,
  p99Ms,
  maxMs: p99Ms,
});

function functionStates(second: number, workers: number, direct: number): OrderSample['functions'] {
  const running: Record<string, number> = {
    orderSync: 5,
    queueWorker: workers,
    topicProcessor: direct,
    orderAsync: 3,
  };
  const keys = [...FUNCTIONS, 'queueWorker', 'topicProcessor'];
  return Object.fromEntries(
    keys.map((key, index) => [
      key,
      {
        running: running[key] ?? 0,
        limit: key === 'queueWorker' ? workers : (RESERVED[key] ?? UNRESERVED),
        coldStarts: (second + index) % 60 === 0 ? 1 + (index % 4) : 0,
        throttled: key === 'orderSync' ? 9 : 0,
      },
    ]),
  );
}

const ways = (sync: number, queued: number, direct: number): ByWay => ({
  ...byWay(() => 0),
  sync,
  queued,
  direct,
});

export const eventOf = (sample: OrderSample): string =>
  `id: ${sample.at}\nevent: sample\ndata: ${JSON.stringify(sample)}\n\n`;

export interface ServedSale {
  /** From now on nothing comes any more. */
  end: () => Promise<void>;
}

/** Gives a page a sale's last minutes in place of the service's own, and the next second whenever it comes back. */
export async function serveSale(page: Page, seconds: number): Promise<ServedSale> {
  const headers = { 'content-type': 'text/event-stream' };
  const startedAt = Date.now() - seconds * STEP_MS;
  await page.route('**/api/events*', async (route) => {
    const { 'last-event-id': lastId } = route.request().headers();
    const events: string[] = [];
    for (let second = 0; startedAt + second * STEP_MS <= Date.now(); second += 1) {
      const at = startedAt + second * STEP_MS;
      if (at > Number(lastId ?? 0)) events.push(eventOf(saleSample(second, at)));
    }
    await route.fulfill({ headers, body: `retry: ${RETRY_MS}\n\n${events.join('')}` });
  });
  return {
    end: async () => {
      await page.unroute('**/api/events*');
      await page.route('**/api/events*', (route) => route.abort());
    },
  };
}
