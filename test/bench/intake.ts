import { installMiniStack } from '../e2e/ministack.ts';
import { type Bench, type BenchResult, ratioOf } from './benchResult.ts';
import { acceptedPerSecond, untilAccepted } from './saturation.ts';
import { type Side, startLocal, startOnMiniStack } from './sides.ts';

const WARM_UP_SECONDS = 5;
const MEASURED_SECONDS = 8;

interface Measurement {
  readyMs: number;
  acceptedPerSecond: number;
}

/** `sls local` against MiniStack plus `sls deploy`: the same manifest, packaged by the same framework. */
export const intake: Bench = {
  about:
    'POST /orders/async at saturation, and time until the first order is taken: sls local / MiniStack',
  run: runIntake,
};

async function runIntake(pairs: number, onProgress: (text: string) => void): Promise<BenchResult> {
  await installMiniStack(onProgress);
  const throughput: number[] = [];
  const readiness: number[] = [];
  for (let pair = 1; pair <= pairs; pair += 1) {
    onProgress(`Pair ${pair} of ${pairs}: sls local`);
    const ours = await measure(startLocal);
    onProgress(`Pair ${pair} of ${pairs}: MiniStack and sls deploy`);
    const peer = await measure(startOnMiniStack);
    throughput.push(ours.acceptedPerSecond / peer.acceptedPerSecond);
    readiness.push(peer.readyMs / ours.readyMs);
  }
  const ratios = [
    ratioOf('as many orders accepted a second', throughput, 3),
    ratioOf('as soon ready to take an order', readiness, 3),
  ];
  return { name: 'intake', pairs, ratios };
}

async function measure(start: () => Promise<Side>): Promise<Measurement> {
  const startedAt = performance.now();
  const side = await start();
  try {
    const url = `${side.api}/orders/async`;
    await untilAccepted(url);
    const readyMs = performance.now() - startedAt;
    await acceptedPerSecond(url, WARM_UP_SECONDS);
    return { readyMs, acceptedPerSecond: await acceptedPerSecond(url, MEASURED_SECONDS) };
  } finally {
    await side.stop();
  }
}
