import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeStats } from '../../contracts/runtimeStats.ts';
import type { Way } from '../../lib/domain/order.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { gbSecondsAtMemory } from '../support/gbSeconds.ts';
import { readStats } from '../support/runtimeStats.ts';
import { type Bench, type BenchResult, type Ratio, ratioOf } from './benchResult.ts';
import { completionTimes } from './paidOrders.ts';
import { placeOrders } from './saturation.ts';

/** An order on a Lambda of 512 MB that waits for its payment. */
const DOCUMENT_GB_SECONDS = 1.5;
const MEMORY_SIZES_MB = [128, 256, 512];
const PAYMENT_SECONDS = 3;
/** What the intake takes, and a worker before and after its payments. */
const MOST_ABOVE_PAYMENT = 1.1;
const WORKERS = 5;
const BATCH_SIZE = 10;
const SYNC_CONCURRENCY = 5;
/** The first of them starts environments, and is not counted. */
const WAVES = 4;
const LOOK_EVERY_MS = 100;
const PAID_WITHIN_MS = 60_000;

interface WayLoad {
  way: Way;
  url: string;
  orders: number;
  /** More than a few would wait for each other on this machine's cores, which is billed here and not on Lambda. */
  buyers: number;
  /** Paid by one execution. */
  batch: number;
  /** 202 where the buyer does not wait. */
  status: number;
}

const SYNC: WayLoad = {
  ...{ way: 'sync', url: '/orders/sync', status: 200, batch: 1 },
  ...{ orders: SYNC_CONCURRENCY, buyers: SYNC_CONCURRENCY },
};
const QUEUED: WayLoad = {
  ...{ way: 'queued', url: '/orders/async?way=queued', status: 202, batch: BATCH_SIZE },
  ...{ orders: WORKERS * BATCH_SIZE, buyers: 2 },
};
const DIRECT: WayLoad = {
  ...{ way: 'direct', url: '/orders/async?way=direct', status: 202, batch: 1 },
  ...{ orders: 40, buyers: 2 },
};

interface Cost {
  /** Billed here by function, and with the share of a core that the memory size has on Lambda. */
  here: Map<string, number>;
  atMemory: number;
}

/** What Lambda bills for an order on each way, warm, at the memory sizes that one would choose from. */
export const cost: Bench = {
  about: `GB-s that are billed for an order on each way at ${MEMORY_SIZES_MB.join(', ')} MB, against ${DOCUMENT_GB_SECONDS}`,
  run: runCost,
};

async function runCost(_pairs: number, onProgress: (text: string) => void): Promise<BenchResult> {
  const ratios: Ratio[] = [];
  for (const memoryMb of MEMORY_SIZES_MB)
    for (const [load, measured] of await measureWays(memoryMb)) {
      const ratio = ratioAt(memoryMb, load, measured);
      onProgress(`${ratio.median.toFixed(2)} x ${ratio.what}`);
      ratios.push(ratio);
    }
  return { name: 'cost', pairs: 1, ratios };
}

async function measureWays(memoryMb: number): Promise<[WayLoad, Cost][]> {
  const service = new LocalService({
    environment: {
      ...{ WORKER_COUNT: String(WORKERS), BATCH_SIZE: String(BATCH_SIZE), SWEEPER: 'off' },
      ...{ SYNC_CONCURRENCY: String(SYNC_CONCURRENCY), MEMORY_MB: String(memoryMb) },
      PAYMENT_SECONDS: String(PAYMENT_SECONDS),
    },
  });
  try {
    const ready = await service.start();
    const stage = localStage(ready);
    const costs: [WayLoad, Cost][] = [];
    for (const load of [SYNC, QUEUED, DIRECT]) {
      const url = `${ready.api}${load.url}`;
      await placeWave(stage, ready.console, url, load);
      const before = await readStats(ready.console);
      for (let wave = 1; wave < WAVES; wave += 1) await placeWave(stage, ready.console, url, load);
      const after = await readStats(ready.console);
      costs.push([load, costOf(before, after, memoryMb, load.orders * (WAVES - 1))]);
    }
    stage.close();
    return costs;
  } finally {
    await service.remove();
  }
}

/** Places a wave, and returns when all its orders are completed and nothing runs any more. */
async function placeWave(
  stage: Stage,
  console: string,
  url: string,
  { orders, buyers, status }: WayLoad,
): Promise<void> {
  const completed = (await completionTimes(stage)).length + orders;
  await placeOrders(url, orders, { buyers, status });
  for (const end = Date.now() + PAID_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    const found = (await completionTimes(stage)).length;
    if (found === completed && !isRunning(await readStats(console))) return;
    if (Date.now() > end) throw new Error(`${found} of ${completed} orders were completed in time`);
  }
}

const isRunning = ({ functions }: RuntimeStats): boolean =>
  Object.values(functions).some(({ concurrent }) => concurrent > 0);

function costOf(before: RuntimeStats, after: RuntimeStats, memoryMb: number, orders: number): Cost {
  const here = new Map<string, number>();
  let atMemory = 0;
  for (const [key, stats] of Object.entries(after.functions)) {
    const earlier = before.functions[key];
    if (earlier === undefined) throw new Error(`${key} was not there before`);
    const billed = stats.billedGbSeconds - earlier.billedGbSeconds;
    if (billed > 0) here.set(key, billed / orders);
    atMemory +=
      (gbSecondsAtMemory(stats, memoryMb) - gbSecondsAtMemory(earlier, memoryMb)) / orders;
  }
  return { here, atMemory };
}

function ratioAt(memoryMb: number, { way, batch }: WayLoad, { here, atMemory }: Cost): Ratio {
  const gbSeconds = [...here.values()].reduce((sum, billed) => sum + billed, 0);
  const payment = (PAYMENT_SECONDS * memoryMb) / 1024 / batch;
  const byFunction = [...here].map(([key, billed]) => `${key} ${billed.toFixed(4)}`).join(', ');
  return ratioOf(
    `as much as an order on the ${way} way in ${memoryMb} MB, ${DOCUMENT_GB_SECONDS} GB-s (${byFunction}; ${atMemory.toFixed(4)} with the share of a core of that size)`,
    [DOCUMENT_GB_SECONDS / gbSeconds],
    DOCUMENT_GB_SECONDS / (payment * MOST_ABOVE_PAYMENT),
    DOCUMENT_GB_SECONDS / payment,
  );
}
