import { setTimeout as sleep } from 'node:timers/promises';
import { mean, percentile } from '../../common/statistics.ts';
import type { RuntimeStats } from '../../contracts/runtimeStats.ts';
import { OpenLoop } from '../data/openLoop.ts';
import { readStats } from '../support/runtimeStats.ts';
import { type Bench, type BenchResult, ratioOf } from './benchResult.ts';
import { type Side, startLocal } from './sides.ts';

const ORDERS_PER_SECOND = 60;
const LOAD_SECONDS = 30;
/** Environments start cold until then. */
const WARM_AFTER_MS = 5_000;
const SAMPLE_EVERY_MS = 250;
/** Longer than a payment. */
const LAST_PAYMENT_MS = 6_000;

const MOST_EXECUTIONS = 220;
const MOST_MEMORY_BYTES = 1.5e9;
const MOST_P95_MS = 100;

interface Measurement {
  acceptedShare: number;
  /** Executions at a time over arrivals x mean duration. */
  littlesLaw: number;
  peakExecutions: number;
  p95Ms: number;
  memoryBytes: number;
}

/** SNS straight to Lambda: one execution an order, so as many at a time as Little's law says, and no more. */
export const direct: Bench = {
  about: `the direct way at ${ORDERS_PER_SECOND} orders/s: executions, memory and answers against what they may be`,
  run: runDirect,
};

async function runDirect(pairs: number, onProgress: (text: string) => void): Promise<BenchResult> {
  const found: Measurement[] = [];
  for (let round = 1; round <= pairs; round += 1) {
    const measured = await measureFresh();
    onProgress(`Round ${round} of ${pairs}: ${JSON.stringify(measured)}`);
    found.push(measured);
  }
  const ratios = (of: (measured: Measurement) => number) => found.map(of);
  return {
    name: 'direct',
    pairs,
    ratios: [
      ratioOf(
        'of the orders accepted',
        ratios(({ acceptedShare }) => acceptedShare),
        1,
      ),
      ratioOf(
        'as many executions at a time as arrivals x mean duration',
        ratios(({ littlesLaw }) => littlesLaw),
        0.95,
        1.05,
      ),
      ratioOf(
        `the most executions at a time fit into ${MOST_EXECUTIONS}`,
        ratios(({ peakExecutions }) => MOST_EXECUTIONS / peakExecutions),
        1,
      ),
      ratioOf(
        'the p95 of an answer, after the start, fits into 100 ms',
        ratios(({ p95Ms }) => MOST_P95_MS / p95Ms),
        1,
      ),
      ratioOf(
        'the memory of the whole process fits into 1.5 GB',
        ratios(({ memoryBytes }) => MOST_MEMORY_BYTES / memoryBytes),
        1,
      ),
    ],
  };
}

async function measureFresh(): Promise<Measurement> {
  const side = await startLocal();
  try {
    return await measure(side);
  } finally {
    await side.stop();
  }
}

async function measure(side: Required<Side>): Promise<Measurement> {
  const sale = new OpenLoop(side.api, ORDERS_PER_SECOND, ['direct']);
  const samples: RuntimeStats[] = [];
  const startedAt = performance.now();
  for (let elapsedMs = 0; elapsedMs < LOAD_SECONDS * 1000; ) {
    await sleep(SAMPLE_EVERY_MS);
    elapsedMs = performance.now() - startedAt;
    const sample = await readStats(side.console);
    if (elapsedMs >= WARM_AFTER_MS) samples.push(sample);
  }
  await sale.stop();
  await sleep(LAST_PAYMENT_MS);
  const end = functionOf(await readStats(side.console));
  const warm = sale.answers.filter(({ sentAtMs }) => sentAtMs >= WARM_AFTER_MS);
  const tookMs = warm.map((answer) => answer.tookMs).sort((a, b) => a - b);
  const meanSeconds = end.durations.sumMs / end.durations.count / 1000;
  const executions = mean(samples.map((sample) => functionOf(sample).concurrent)) ?? 0;
  return {
    acceptedShare: sale.accepted.size / sale.sent,
    littlesLaw: executions / (ORDERS_PER_SECOND * meanSeconds),
    peakExecutions: end.peakConcurrent,
    p95Ms: percentile(tookMs, 95) ?? Number.POSITIVE_INFINITY,
    memoryBytes: Math.max(...samples.map(({ memoryBytes }) => memoryBytes)),
  };
}

function functionOf({ functions }: RuntimeStats): RuntimeStats['functions'][string] {
  const found = functions.topicProcessor;
  if (found === undefined) throw new Error('there is no topicProcessor');
  return found;
}
