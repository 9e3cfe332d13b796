import { installMiniStack } from '../e2e/ministack.ts';
import { createWorkspace } from '../support/workspace.ts';
import { type Bench, type BenchOptions, type BenchResult, ratioOf } from './benchResult.ts';
import { checkoutOf } from './checkout.ts';
import { type Load, placeLoad, untilAccepted } from './saturation.ts';
import { type Side, startLocal, startOnMiniStack } from './sides.ts';
import { cpuMsByThread, msPerOrder } from './threadCpu.ts';

const WARM_UP_SECONDS = 5;
const MEASURED_SECONDS = 8;
/** The sale's buyers come at 60 orders a second. */
const FIVEFOLD_SALE = 300;
/** Of two cores that the load shares. */
const BOUNDS = {
  ...{ ofMiniStack: 5, ofOther: 1.8, slowMs: 50 },
  ...{ functionMs: 1.2, allThreadsMs: 2.8 },
};
const FUNCTION = 'orderAsync';
const THREADS_TOLD = 6;

interface Measured {
  readyMs: number;
  saturated: Load;
  paced: Load;
  threads: [name: string, ms: number][];
}

/** `sls local` against MiniStack plus `sls deploy`, of the same manifest and packaged by the same framework; or against another checkout. */
export const intake: Bench = {
  about:
    'POST /orders/async at saturation and at 300 a second: sls local / MiniStack, or another checkout (--against)',
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
  const ours: Measured[] = [];
  const peers: Measured[] = [];
  try {
    for (let pair = 1; pair <= pairs; pair += 1) {
      for (const [start, found] of [[startLocal, ours] as const, [startPeer, peers] as const])
        found.push(await measure(start));
      onProgress(
        `Pair ${pair} of ${pairs}: ${describe(ours.at(-1))}; the other ${describe(peers.at(-1))}`,
      );
    }
  } finally {
    other?.remove();
  }
  return { name: 'intake', pairs, ratios: judge(ours, peers, against) };
}

function judge(ours: Measured[], peers: Measured[], against: string | undefined) {
  const pairwise = (better: (own: Measured, peer: Measured) => number) =>
    ours.flatMap((own, index) => peers.slice(index, index + 1).map((peer) => better(own, peer)));
  const throughput = pairwise(
    (own, peer) => own.saturated.acceptedPerSecond / peer.saturated.acceptedPerSecond,
  );
  if (against !== undefined)
    return [ratioOf(`as many orders accepted a second, ${against}`, throughput, BOUNDS.ofOther)];
  return [
    ratioOf('as many orders accepted a second', throughput, BOUNDS.ofMiniStack),
    ratioOf(
      'as soon ready to take an order',
      pairwise((own, peer) => peer.readyMs / own.readyMs),
      3,
    ),
    ratioOf(
      `of ${FIVEFOLD_SALE} orders/s accepted`,
      ours.map(({ paced: { accepted, failed } }) => accepted / (accepted + failed)),
      1,
    ),
    ratioOf(
      `as long as 97.5 % of the answers take at ${FIVEFOLD_SALE} orders/s, ${BOUNDS.slowMs} ms`,
      ours.map(({ paced }) => BOUNDS.slowMs / paced.slowMs),
      1,
    ),
    ratioOf(
      `the CPU of an order in the function at saturation, ${BOUNDS.functionMs} ms`,
      ours.map(
        ({ threads }) => BOUNDS.functionMs / sum(threads.filter(([name]) => name === FUNCTION)),
      ),
      1,
    ),
    ratioOf(
      `the CPU of an order in all threads (${account(ours.at(-1))}), ${BOUNDS.allThreadsMs} ms`,
      ours.map(({ threads }) => BOUNDS.allThreadsMs / sum(threads)),
      1,
    ),
  ];
}

async function measure(start: () => Promise<Side>): Promise<Measured> {
  const startedAt = performance.now();
  const side = await start();
  try {
    const url = `${side.api}/orders/async`;
    await untilAccepted(url);
    const readyMs = performance.now() - startedAt;
    await placeLoad(url, WARM_UP_SECONDS);
    const before = cpuOf(side);
    const saturated = await placeLoad(url, MEASURED_SECONDS);
    const threads = msPerOrder(before, cpuOf(side), saturated.accepted);
    return {
      readyMs,
      saturated,
      threads,
      paced: await placeLoad(url, MEASURED_SECONDS, FIVEFOLD_SALE),
    };
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

const describe = (measured: Measured | undefined): string => {
  if (measured === undefined) return '';
  const { saturated, paced, threads } = measured;
  const cpu =
    threads.length === 0
      ? ''
      : `, ${sum(threads).toFixed(2)} ms of CPU an order (${account(measured)})`;
  return `${saturated.acceptedPerSecond.toFixed(0)} orders/s${cpu}, at ${FIVEFOLD_SALE} orders/s ${paced.failed} failed and 97.5 % answered within ${paced.slowMs} ms`;
};
