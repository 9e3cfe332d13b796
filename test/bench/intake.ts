import { installMiniStack } from '../e2e/ministack.ts';
import { createWorkspace } from '../support/workspace.ts';
import {
  type Bench,
  type BenchOptions,
  type BenchResult,
  medianOf,
  ratioOf,
} from './benchResult.ts';
import { checkoutOf } from './checkout.ts';
import { type Load, placeLoad, saturate, untilAccepted } from './saturation.ts';
import { type Side, startLocal, startOnMiniStack } from './sides.ts';
import { cpuMsByThread, msPerOrder } from './threadCpu.ts';

/** V8 goes on optimizing under load: after 5 s of it the local service takes a tenth fewer orders than after 15. */
const WARM_UP_SECONDS = 15;
const MEASURED_SECONDS = 8;
const CALM_WARM_UP_SECONDS = 5;
/** Orders a second. */
const SALE = 60;
const FIVEFOLD_SALE = 300;
/** Of two cores that the load shares. */
const BOUNDS = {
  ...{ ofMiniStack: 5, ofOther: 1.8, cpuOfOther: 1.45 },
  // The load's own clock starts and ends between two orders.
  ...{ accepted: 0.98, slowMs: 50 },
  ...{ functionMs: 1.2, allThreadsMs: 2.8 },
};
const FUNCTION = 'orderAsync';
const THREADS_TOLD = 6;

interface Measured {
  readyMs: number;
  /** As the buyers of a sale come, before anything waits for a worker. */
  calm: Load;
  saturated: Load;
  /** Of the local service alone. */
  threads: [name: string, ms: number][];
}

/** One after the other, each started anew. */
interface Pair {
  own: Measured & { paced: Load };
  peer: Measured;
}

/** `sls local` against MiniStack plus `sls deploy`, of the same manifest and packaged by the same framework; or against another checkout. */
export const intake: Bench = {
  about:
    'POST /orders/async at saturation, and at 60 and 300 a second: sls local / MiniStack, or another checkout (--against)',
  arePairsRuns: true,
  run: runIntake,
};

async function runIntake(
  pairs: number,
  onProgress: (text: string) => void,
  { against }: BenchOptions = {},
): Promise<BenchResult> {
  const other = against === undefined ? undefined : createWorkspace([], checkoutOf(against));
  if (other === undefined) await installMiniStack(onProgress);
  const startPeer = other === undefined ? startOnMiniStack : () => startLocal(other);
  const found: Pair[] = [];
  try {
    for (let pair = 1; pair <= pairs; pair += 1) {
      const own = await measure(startLocal, async (url) => ({ paced: await placePaced(url) }));
      const peer = await measure(startPeer, async () => ({}));
      found.push({ own, peer });
      onProgress(
        `Pair ${pair} of ${pairs}: ${describe(own)}, ${describePaced(own.paced)}; the other ${describe(peer)}`,
      );
    }
  } finally {
    other?.remove();
  }
  const ratios = against === undefined ? judge(found) : judgeAgainst(found, against);
  return { name: 'intake', pairs, ratios };
}

const placePaced = (url: string) => placeLoad(url, MEASURED_SECONDS, FIVEFOLD_SALE);

async function placeCalm(url: string): Promise<Load> {
  await placeLoad(url, CALM_WARM_UP_SECONDS, SALE);
  return placeLoad(url, MEASURED_SECONDS, SALE);
}

const throughput = ({ own, peer }: Pair): number =>
  own.saturated.acceptedPerSecond / peer.saturated.acceptedPerSecond;

const judgeAgainst = (pairs: Pair[], against: string) => [
  ratioOf(`as many orders accepted a second, ${against}`, pairs.map(throughput), BOUNDS.ofOther),
  ratioOf(
    `the CPU of an order in all threads, ${against}`,
    pairs.map(({ own, peer }) => sum(peer.threads) / sum(own.threads)),
    BOUNDS.cpuOfOther,
  ),
];

const judge = (pairs: Pair[]) => [
  ratioOf('as many orders accepted a second', pairs.map(throughput), BOUNDS.ofMiniStack),
  ratioOf(
    'as soon ready to take an order',
    pairs.map(({ own, peer }) => peer.readyMs / own.readyMs),
    3,
  ),
  ratioOf(
    `as long as 97.5 % of the answers take at ${SALE} orders/s (${calmMs(pairs, 'own')} ms, the other ${calmMs(pairs, 'peer')} ms)`,
    pairs.map(({ own, peer }) => peer.calm.slowMs / own.calm.slowMs),
    1,
  ),
  ratioOf(
    `of ${FIVEFOLD_SALE} orders/s accepted`,
    pairs.map(({ own: { paced } }) => paced.acceptedPerSecond / FIVEFOLD_SALE),
    BOUNDS.accepted,
  ),
  ratioOf(
    'of them not refused',
    pairs.map(({ own: { paced } }) => paced.accepted / (paced.accepted + paced.failed)),
    1,
  ),
  ratioOf(
    `as long as 97.5 % of the answers take at ${FIVEFOLD_SALE} orders/s, ${BOUNDS.slowMs} ms`,
    pairs.map(({ own: { paced } }) => BOUNDS.slowMs / paced.slowMs),
    1,
  ),
  ratioOf(
    `the CPU of an order in the function at saturation, ${BOUNDS.functionMs} ms`,
    pairs.map(({ own }) => BOUNDS.functionMs / sum(own.threads.filter(isFunction))),
    1,
  ),
  ratioOf(
    `the CPU of an order in all threads (${account(pairs.at(-1)?.own)}), ${BOUNDS.allThreadsMs} ms`,
    pairs.map(({ own }) => BOUNDS.allThreadsMs / sum(own.threads)),
    1,
  ),
];

const calmMs = (pairs: Pair[], side: keyof Pair): string =>
  medianOf(pairs.map((pair) => pair[side].calm.slowMs)).toFixed();

const isFunction = ([name]: [string, number]): boolean => name === FUNCTION;

async function measure<More>(
  start: () => Promise<Side>,
  thenMeasure: (url: string) => Promise<More>,
): Promise<Measured & More> {
  const startedAt = performance.now();
  const side = await start();
  try {
    const url = `${side.api}/orders/async`;
    await untilAccepted(url);
    const readyMs = performance.now() - startedAt;
    const calm = await placeCalm(url);
    await placeLoad(url, WARM_UP_SECONDS);
    const before = cpuOf(side);
    const saturated = await saturate(url, MEASURED_SECONDS);
    const threads = msPerOrder(before, cpuOf(side), saturated.accepted);
    return { readyMs, calm, saturated, threads, ...(await thenMeasure(url)) };
  } finally {
    await side.stop();
  }
}

const cpuOf = ({ pid }: Side) => (pid === undefined ? new Map() : cpuMsByThread(pid));

const sum = (threads: [string, number][]): number =>
  threads.reduce((total, [, ms]) => total + ms, 0);

const account = (measured: Measured | undefined): string =>
  (measured?.threads ?? [])
    .slice(0, THREADS_TOLD)
    .map(([name, ms]) => `${name} ${ms.toFixed(2)} ms`)
    .join(', ');

const describe = (measured: Measured): string => {
  const { calm, saturated, threads } = measured;
  const cpu = `${sum(threads).toFixed(2)} ms of CPU an order (${account(measured)})`;
  return [
    `${saturated.acceptedPerSecond.toFixed(0)} orders/s`,
    ...(threads.length === 0 ? [] : [cpu]),
    `97.5 % answered within ${calm.slowMs} ms at ${SALE} a second`,
  ].join(', ');
};

const describePaced = ({ acceptedPerSecond, failed, slowMs }: Load): string =>
  `${acceptedPerSecond.toFixed(0)} of ${FIVEFOLD_SALE} orders/s with ${failed} refused and 97.5 % answered within ${slowMs} ms`;
