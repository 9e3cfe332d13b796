import { InvokeCommand } from '@aws-sdk/client-lambda';
import { metricSumsSchema } from '../../contracts/metricSums.ts';
import type { RuntimeStats } from '../../contracts/runtimeStats.ts';
import type { Way } from '../../lib/domain/order.ts';
import type { Counted, CountedWay } from '../../ops/cost/counted.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { sizing } from '../../ops/parameters.ts';
import { functionName, localStage, type Stage } from '../../ops/stage.ts';
import { type FollowedOrder, followedSale, type Sale } from '../polls/followedSale.ts';
import { gbSecondsAtMemory } from '../support/gbSeconds.ts';
import { readStats } from '../support/runtimeStats.ts';
import { CountingProxy } from './countingProxy.ts';
import { measureSweep } from './measureSweep.ts';

/** Phase 5b of the sale, and the other ways beside it. */
const SALES: Sale[] = [
  { way: 'queued', users: 20, seconds: 60, followSeconds: 60 },
  // An event that fails comes again a minute later.
  { way: 'direct', users: 20, seconds: 20, followSeconds: 150 },
  { way: 'sync', users: 5, seconds: 30, followSeconds: 10 },
];
const WORKERS = 20;
/** Which comes with the sweeper, whose schedule would run in the middle of the sale. */
const WITH_BREAKER = ['--env', 'OPERATIONS_TABLE=flash-sale-local-operations'];
const { memoryMb, sweeper } = sizing({}, 'local');

/** Runs a sale for each way and counts what AWS would bill. */
export async function measure(onProgress: (text: string) => void): Promise<Counted> {
  const ways: Partial<Record<Way, CountedWay>> = {};
  const metrics = new Set<string>();
  let emptySweep = { gbSeconds: 0, readUnits: 0 };
  for (const sale of SALES) {
    onProgress(`${sale.way}: ${sale.users} buyers for ${sale.seconds} s`);
    const measured = await measureWay(sale);
    ways[sale.way] = measured.counted;
    for (const name of measured.metrics) metrics.add(name);
    emptySweep = measured.emptySweep;
  }
  onProgress('Orders that the sweeper publishes again');
  const sweptOrder = await measureSweep();
  const measuredOn = new Date().toISOString().slice(0, 10);
  return {
    measuredOn,
    memoryMb,
    metrics: metrics.size,
    emptySweep,
    sweptOrder,
    ways: ways as Counted['ways'],
  };
}

interface MeasuredWay {
  counted: CountedWay;
  /** By name and dimensions. */
  metrics: string[];
  emptySweep: Counted['emptySweep'];
}

async function measureWay(sale: Sale): Promise<MeasuredWay> {
  const proxy = new CountingProxy();
  const service = new LocalService({
    environment: { WORKER_COUNT: String(WORKERS), SWEEPER: 'off' },
    flags: [...CountingProxy.flags(await proxy.listen()), ...WITH_BREAKER],
  });
  try {
    const ready = await service.start();
    proxy.connect(ready.endpoints);
    const stage = localStage(ready);
    const orders = await followedSale(stage, ready.api, sale);
    const counted = countedOf(orders, await readStats(ready.console), proxy.counted);
    const emptySweep = await sweepOnce(stage, ready.console, proxy);
    stage.close();
    const sums = await fetch(new URL('/api/metrics', ready.console));
    const { series } = metricSumsSchema.parse(await sums.json());
    const metrics = series.map(({ name, dimensions }) => JSON.stringify([name, dimensions]));
    return { counted, metrics, emptySweep };
  } finally {
    await service.remove();
    proxy.close();
  }
}

/** The second of two runs: the first one starts cold. */
async function sweepOnce(
  stage: Stage,
  console: string,
  { counted }: CountingProxy,
): Promise<Counted['emptySweep']> {
  const FunctionName = functionName(stage, 'orderSweeper');
  const sweep = async () => {
    const queried = counted.queries;
    await stage.clients.lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    const { orderSweeper } = (await readStats(console)).functions;
    if (orderSweeper === undefined) throw new Error('there is no sweeper');
    // Each query takes half a unit at least, read eventually consistent.
    const readUnits = (counted.queries - queried) / 2;
    return { gbSeconds: gbSecondsAtMemory(orderSweeper, sweeper.memoryMb), readUnits };
  };
  const first = await sweep();
  const second = await sweep();
  return { gbSeconds: second.gbSeconds - first.gbSeconds, readUnits: second.readUnits };
}

function countedOf(
  orders: FollowedOrder[],
  { functions, mappings: [mapping], gateway }: RuntimeStats,
  calls: CountingProxy['counted'],
): CountedWay {
  const unended = orders.filter(({ waitSeconds }) => !Number.isFinite(waitSeconds));
  if (orders.length === 0 || unended.length > 0 || !mapping || !gateway)
    throw new Error(`${unended.length} of ${orders.length} orders have not ended`);
  const perFunction = (of: (stats: RuntimeStats['functions'][string]) => number) =>
    Object.fromEntries(
      Object.entries(functions)
        .map(([key, stats]) => [key, of(stats)] as const)
        .filter(([, value]) => value > 0),
    );
  const logBytes = Object.values(functions).map(({ log }) => log.bytes);
  return {
    orders: orders.length,
    polls: orders.reduce((sum, { polls }) => sum + polls, 0),
    apiRequests: gateway.answers,
    sentBytes: gateway.sentBytes,
    invocations: perFunction(({ invocations }) => invocations),
    gbSeconds: perFunction((stats) => gbSecondsAtMemory(stats, memoryMb)),
    publishes: calls.publishes,
    queueSends: mapping.polled,
    // An empty queue is polled all the time, whatever is sold: that is among the fixed costs.
    queueReceives: Math.min(mapping.receives, mapping.polled),
    queueDeletes: mapping.deletes,
    queueQuestions: calls.queueRequests,
    writeUnits: calls.writes,
    readUnits: calls.reads,
    storedBytes: calls.storedBytes,
    functionLogBytes: logBytes.reduce((sum, bytes) => sum + bytes, 0),
    accessLogBytes: gateway.accessLog.bytes,
  };
}
