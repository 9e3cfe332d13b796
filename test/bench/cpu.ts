import { shareOfACore } from '../../common/cpuShare.ts';
import { dynamoClient } from '../../lib/adapters/dynamoClient.ts';
import { toItem } from '../../lib/adapters/dynamoItem.ts';
import { startDynalite } from '../../lib/testing/startDynalite.ts';
import { createWorkspace, ROOT } from '../support/workspace.ts';
import {
  type Bench,
  type BenchOptions,
  type BenchResult,
  medianOf,
  ratioOf,
} from './benchResult.ts';
import { checkoutOf } from './checkout.ts';
import { type PackagedFunction, unpackFunctions } from './packaged.ts';
import { startTlsProxy } from './tlsProxy.ts';
import { type Place, type WorkerRun, WorkerUnderQuota } from './workerUnderQuota.ts';

const WORKER = 'queueWorker';
/** The compiler has seen the hot paths by then. */
const WARM_BATCHES = 4;
const BATCHES_PER_PAIR = 4;
/** What keeps a tenth of room above a sale of 60 orders/s. */
const BOUNDS = { plainMs: 3120, tlsMs: 3250, ordersPerSecond: 66, cpuMsPerOrder: 3.2 };

/** A worker's batch under the share of a core that its memory size gives it on Lambda. */
export const cpu: Bench = {
  about: `CPU of a paid order, and a batch of the packaged worker under the CPU quota of its memory size`,
  run: runCpu,
};

interface Side {
  name: string;
  worker: WorkerUnderQuota;
  runs: WorkerRun[];
}

async function runCpu(
  pairs: number,
  onProgress: (text: string) => void,
  { against }: BenchOptions = {},
): Promise<BenchResult> {
  const workspaces = [ROOT, ...(against === undefined ? [] : [checkoutOf(against)])].map((root) =>
    createWorkspace([], root),
  );
  const tables = await startDynalite({ keepAliveTimeout: 60_000 });
  const client = dynamoClient(tables.access);
  const put = (order: object) =>
    client.call('PutItem', { TableName: 'orders', Item: toItem(order) });
  const sides: Side[] = [];
  try {
    onProgress('sls package');
    const workers = await Promise.all(workspaces.map(packagedWorker));
    const proxy = await startTlsProxy(new URL(tables.endpoint), workspaces[0]?.temporary ?? '');
    const places: Record<string, Place> = { 'plain HTTP': { url: tables.endpoint }, TLS: proxy };
    for (const [index, packaged] of workers.entries())
      for (const [name, place] of Object.entries(places))
        sides.push({
          name: index === 0 ? name : `${against}, ${name}`,
          worker: await WorkerUnderQuota.start(packaged, place, put),
          runs: [],
        });
    tellQuota(sides, onProgress);
    const batches = WARM_BATCHES + pairs * BATCHES_PER_PAIR;
    for (let batch = 1; batch <= batches; batch += 1)
      for (const { name, worker, runs } of sides) {
        const run = await worker.payBatch();
        onProgress(`Batch ${batch} of ${batches}, ${name}: ${describeRun(run)}`);
        if (batch > WARM_BATCHES) runs.push(run);
      }
    proxy.close();
    return { name: 'cpu', pairs, ratios: judge(sides, workers[0]?.model) };
  } finally {
    for (const { worker } of sides) await worker.stop();
    client.destroy();
    await tables.close();
    for (const workspace of workspaces) workspace.remove();
  }
}

async function packagedWorker(workspace: Parameters<typeof unpackFunctions>[0]) {
  const functions = await unpackFunctions(workspace);
  const worker = functions.find(({ model }) => model.key === WORKER);
  if (worker === undefined) throw new Error(`the service has no function ${WORKER}`);
  return worker;
}

function tellQuota([side]: Side[], onProgress: (text: string) => void): void {
  const { memoryMb, hasQuota } = side?.worker ?? {};
  const share = `${(shareOfACore(memoryMb ?? 0) * 100).toFixed(1)} % of a core`;
  onProgress(
    hasQuota
      ? `Each worker has ${share}, as ${memoryMb} MB have on Lambda`
      : `This machine lets nobody make a control group: the durations are the model's for ${share}`,
  );
}

const describeRun = ({ ms, modelMs, cpuMs, orders, bytes }: WorkerRun): string =>
  [
    `${ms.toFixed(0)} ms (at most ${modelMs.toFixed(0)} by the model)`,
    `${(cpuMs / orders).toFixed(2)} ms of CPU`,
    `${(bytes / orders).toFixed(0)} bytes of log an order`,
  ].join(', ');

const median = (runs: WorkerRun[], of: (run: WorkerRun) => number): number =>
  medianOf(runs.map(of));

function judge([plain, tls, earlier]: Side[], model: PackagedFunction['model'] | undefined) {
  if (plain === undefined || tls === undefined || model === undefined) throw new Error('no side');
  const workers = model.reservedConcurrency ?? 0;
  const cpuOf = ({ cpuMs, orders }: WorkerRun) => cpuMs / orders;
  const rate = ({ ms, orders }: WorkerRun) => (workers * orders) / (ms / 1000);
  const seconds = ({ runs }: Side) => (median(runs, ({ ms }) => ms) / 1000).toFixed(3);
  const at = (of: (run: WorkerRun) => number, { runs }: Side) => runs.map(of);
  return [
    ratioOf(
      `as long as a batch at ${model.memoryMb} MB over plain HTTP (${seconds(plain)} s), ${BOUNDS.plainMs / 1000} s`,
      at(({ ms }) => BOUNDS.plainMs / ms, plain),
      1,
    ),
    ratioOf(
      `as long as a batch behind TLS (${seconds(tls)} s), ${BOUNDS.tlsMs / 1000} s`,
      at(({ ms }) => BOUNDS.tlsMs / ms, tls),
      1,
    ),
    ratioOf(
      `the ${BOUNDS.ordersPerSecond} orders/s that a sale needs, ${workers} workers carry (${median(tls.runs, rate).toFixed(1)})`,
      at((run) => rate(run) / BOUNDS.ordersPerSecond, tls),
      1,
    ),
    ratioOf(
      `as long as a paid order's CPU (${median(plain.runs, cpuOf).toFixed(2)} ms), ${BOUNDS.cpuMsPerOrder} ms`,
      at((run) => BOUNDS.cpuMsPerOrder / cpuOf(run), plain),
      1,
    ),
    ...(earlier === undefined
      ? []
      : [
          ratioOf(
            `the CPU of a paid order (${median(earlier.runs, cpuOf).toFixed(2)} ms) at ${earlier.name}`,
            earlier.runs.map((run, index) => cpuOf(run) / cpuOf(plain.runs[index] ?? run)),
            5.2 / BOUNDS.cpuMsPerOrder,
          ),
        ]),
    ratioOf(
      'as long as it took under the quota, what the model gives at most',
      at(({ ms, modelMs }) => modelMs / ms, plain),
      1,
      1.2,
    ),
  ];
}
