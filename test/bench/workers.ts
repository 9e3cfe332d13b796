import { setTimeout as sleep } from 'node:timers/promises';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { runtimeStatsSchema } from '../../contracts/runtimeStats.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { setTaking } from '../../ops/workers/workers.ts';
import { gbSecondsAtMemory } from '../support/gbSeconds.ts';
import { type Bench, type BenchResult, type Ratio, ratioOf } from './benchResult.ts';
import { placeOrders } from './saturation.ts';

/** What the shares of a worker's time that are a payment keep, by the number of workers. */
const LEAST_EFFICIENCY: Record<number, number> = { 1: 0.97, 5: 0.97, 20: 0.96, 50: 0.93 };
/** Billed for an order by a worker that does nothing but wait for ten payments at once, and for one of 25 in 128 MB. */
const GB_SECONDS = { batch10: { least: 0.075, most: 0.08 }, batch25: { least: 0.015, most: 0.02 } };
const PAYMENT_SECONDS = 3;
/** The mapping scales up meanwhile. */
const RAMP_BATCHES = 4;
const MEASURED_BATCHES = 10;
/** The queue is never below. */
const LEFT_BATCHES = 2;
const PAID_WITHIN_MS = 240_000;

interface Setting {
  workers: number;
  batch: number;
  memoryMb: number;
}

interface Measured {
  efficiency: number;
  gbSecondsPerOrder: number;
  /** With the share of a core that the memory size has on Lambda. */
  gbSecondsAtMemory: number;
}

/** A backlog before workers that do nothing else: how much of their time is payment, and what an order costs. */
export const workers: Bench = {
  about: 'share of the workers’ time that is payment at 1, 5, 20 and 50 workers, and GB-s an order',
  run: runWorkers,
};

async function runWorkers(
  _pairs: number,
  onProgress: (text: string) => void,
): Promise<BenchResult> {
  const ratios: Ratio[] = [];
  const measure = async (setting: Setting): Promise<Measured> => {
    const measured = await payBacklog(setting);
    onProgress(describe(setting, measured));
    return measured;
  };
  for (const [text, least] of Object.entries(LEAST_EFFICIENCY)) {
    const setting = { workers: Number(text), batch: 10, memoryMb: 256 };
    const measured = await measure(setting);
    ratios.push(
      ratioOf(`of the time of ${text} workers is payment`, [measured.efficiency], least, 1),
    );
    if (setting.workers === 5) ratios.push(perOrder(setting, measured, GB_SECONDS.batch10));
  }
  const small = { workers: 5, batch: 25, memoryMb: 128 };
  ratios.push(perOrder(small, await measure(small), GB_SECONDS.batch25));
  return { name: 'workers', pairs: 1, ratios };
}

const perOrder = (
  { batch, memoryMb }: Setting,
  { gbSecondsPerOrder: here, gbSecondsAtMemory: atMemory }: Measured,
  { least, most }: { least: number; most: number },
) =>
  ratioOf(
    `of the most that an order of batches of ${batch} in ${memoryMb} MB may cost without a CPU limit (${here.toFixed(4)} GB-s; ${atMemory.toFixed(4)} with the share of a core of that size)`,
    [here / most],
    least / most,
    1,
  );

async function payBacklog({ workers, batch, memoryMb }: Setting): Promise<Measured> {
  const service = new LocalService({
    environment: {
      ...{ WORKER_COUNT: String(workers), BATCH_SIZE: String(batch), SWEEPER: 'off' },
      ...{ MEMORY_MB: String(memoryMb), PAYMENT_SECONDS: String(PAYMENT_SECONDS) },
    },
  });
  try {
    const ready = await service.start();
    const stage = localStage(ready);
    await setTaking(stage, false);
    const round = workers * batch;
    const orders = round * (RAMP_BATCHES + MEASURED_BATCHES + LEFT_BATCHES);
    await placeOrders(`${ready.api}/orders/async?way=queued`, orders);
    await setTaking(stage, true);
    await untilPaid(ready.console, orders);
    const ends = await readEnds(stage);
    const stats = (await readStats(ready.console)).functions.queueWorker;
    if (stats === undefined) throw new Error('the service has no function queueWorker');
    stage.close();
    return {
      efficiency: efficiencyOf(ends, round),
      gbSecondsPerOrder: stats.billedGbSeconds / orders,
      gbSecondsAtMemory: gbSecondsAtMemory(stats, memoryMb) / orders,
    };
  } finally {
    await service.remove();
  }
}

/** Until so many orders have been paid since the start. */
export async function untilPaid(console: string, orders: number): Promise<void> {
  for (const end = Date.now() + PAID_WITHIN_MS; ; await sleep(500)) {
    const { mappings } = await readStats(console);
    const paid = mappings.reduce((sum, { deleted }) => sum + deleted, 0);
    if (paid >= orders) return;
    if (Date.now() > end) throw new Error(`${paid} of ${orders} orders were paid in time`);
  }
}

/** When each order was completed, in the order of time. */
async function readEnds({ clients: { dynamodb }, outputs }: Stage): Promise<number[]> {
  const columns = { ProjectionExpression: 'completed_at', ConsistentRead: true };
  const ends: number[] = [];
  for await (const { Items = [] } of paginateScan(
    { client: dynamodb },
    { TableName: outputs.OrdersTableName, ...columns },
  ))
    for (const { completed_at } of Items) ends.push(Date.parse(completed_at?.S ?? ''));
  return ends.sort((a, b) => a - b);
}

/** From the end of one round of all workers to the end of a later one: as much was paid as there are rounds between. */
function efficiencyOf(ends: number[], round: number): number {
  const endOf = (batches: number) => ends[round * batches - 1] ?? Number.NaN;
  const seconds = (endOf(RAMP_BATCHES + MEASURED_BATCHES) - endOf(RAMP_BATCHES)) / 1000;
  return (MEASURED_BATCHES * PAYMENT_SECONDS) / seconds;
}

async function readStats(console: string) {
  const answer = await fetch(new URL('/api/stats', console));
  return runtimeStatsSchema.parse(await answer.json());
}

const describe = ({ workers, batch, memoryMb }: Setting, measured: Measured): string =>
  [
    `${workers} workers, batches of ${batch}, ${memoryMb} MB: ${(measured.efficiency * 100).toFixed(1)} % payment`,
    `${measured.gbSecondsPerOrder.toFixed(4)} GB-s an order here`,
    `${measured.gbSecondsAtMemory.toFixed(4)} with the share of a core of ${memoryMb} MB`,
  ].join(', ');
