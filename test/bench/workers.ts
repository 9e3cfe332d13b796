import { LocalService } from '../../ops/localServiceProcess.ts';
import { workerPool } from '../../ops/parameters.ts';
import { localStage } from '../../ops/stage.ts';
import { setTaking } from '../../ops/workers/workers.ts';
import { gbSecondsAtMemory } from '../support/gbSeconds.ts';
import { readStats } from '../support/runtimeStats.ts';
import { type Bench, type BenchResult, type Ratio, ratioOf } from './benchResult.ts';
import { completionTimes, untilPaid } from './paidOrders.ts';
import { placeOrders } from './saturation.ts';

/** What the shares of a worker's time that are a payment keep, by the number of workers. */
const LEAST_EFFICIENCY: Record<number, number> = { 1: 0.97, 5: 0.97, 20: 0.96, 50: 0.93 };
const PAYMENT_SECONDS = 3;
/** What may be billed for an order where a batch of nothing but payments is 1: for one of 25 in 128 MB, 0.02 GB-s. */
const MOST_OF_PAYMENT = { batch10: 0.08 / 0.075, batch25: 0.02 / 0.015 };
/** The mapping scales up meanwhile. */
const RAMP_BATCHES = 4;
const MEASURED_BATCHES = 10;
/** The queue is never below. */
const LEFT_BATCHES = 2;

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
    ratios.push(perOrder(setting, measured, MOST_OF_PAYMENT.batch10));
  }
  const small = { workers: 5, batch: 25, memoryMb: 128 };
  ratios.push(perOrder(small, await measure(small), MOST_OF_PAYMENT.batch25));
  return { name: 'workers', pairs: 1, ratios };
}

function perOrder(
  setting: Setting,
  { gbSecondsPerOrder: here, gbSecondsAtMemory: atMemory }: Measured,
  mostOfPayment: number,
): Ratio {
  const { workers, batch, memoryMb } = setting;
  const { batchSize } = workerPool(workers, batch);
  const most = ((PAYMENT_SECONDS * (memoryMb / 1024)) / batchSize) * mostOfPayment;
  return ratioOf(
    `of what an order of ${workers} workers, ${batches(setting)}, may cost without a CPU limit, ${most.toFixed(3)} GB-s (${here.toFixed(4)}; ${atMemory.toFixed(4)} with the share of a core of that size)`,
    [here / most],
    1 / mostOfPayment,
    1,
  );
}

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
    const ends = await completionTimes(stage);
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

/** From the end of one round of all workers to the end of a later one: as much was paid as there are rounds between. */
function efficiencyOf(ends: number[], round: number): number {
  const endOf = (batches: number) => ends[round * batches - 1] ?? Number.NaN;
  const seconds = (endOf(RAMP_BATCHES + MEASURED_BATCHES) - endOf(RAMP_BATCHES)) / 1000;
  return (MEASURED_BATCHES * PAYMENT_SECONDS) / seconds;
}

const describe = (setting: Setting, measured: Measured): string =>
  [
    `${setting.workers} workers, ${batches(setting)}: ${(measured.efficiency * 100).toFixed(1)} % payment`,
    `${measured.gbSecondsPerOrder.toFixed(4)} GB-s an order here`,
    `${measured.gbSecondsAtMemory.toFixed(4)} with the share of a core of ${setting.memoryMb} MB`,
  ].join(', ');

/** One worker is two environments with half of its batch. */
const batches = ({ workers, batch, memoryMb }: Setting): string =>
  `batches of ${workerPool(workers, batch).batchSize} in ${memoryMb} MB`;
