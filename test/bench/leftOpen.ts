import { setTimeout as sleep } from 'node:timers/promises';
import { OpenLoop } from '../data/openLoop.ts';
import { launchChromium } from '../page/chromium.ts';
import { ConsolePage, type Held } from '../page/pageDriver.ts';
import { readStats } from '../support/runtimeStats.ts';
import { type BenchResult, describeResult, ratioOf } from './benchResult.ts';
import { type Side, startLocal } from './sides.ts';

/** What twenty workers and the direct way keep up with. */
const ORDERS_PER_SECOND = 60;
const READINGS = 3;
const MEGABYTE = 1_000_000;

/** Twice what is expected: the page itself, 3 MB, and 900 samples of about 0.5 kB with their series. */
const MOST_HEAP_BYTES = 8 * MEGABYTE;
/** A page that forgets to let go of what it drew before has as many again within a minute. */
const MOST_DOM_NODES = 4000;
/** Some hundred environments are warm within a minute; every order and charge stays in the service's memory. */
const MOST_WARM_BYTES = 1500 * MEGABYTE;
const MOST_BYTES_AN_ORDER = 20_000;

interface Reading extends Held {
  minutes: number;
  orders: number;
  memoryBytes: number;
}

export interface LeftOpenResult extends BenchResult {
  readings: Reading[];
}

/** A page that stays open through minutes of a sale: what it and its service keep, at each third of the time. */
export async function runLeftOpen(
  minutes: number,
  onProgress: (text: string) => void,
): Promise<LeftOpenResult> {
  const side = await startLocal();
  const browser = await launchChromium();
  try {
    const shown = await ConsolePage.open(browser, side.console ?? '');
    const sale = new OpenLoop(side.api, ORDERS_PER_SECOND);
    const readings: Reading[] = [];
    const startedAt = performance.now();
    for (let third = 1; third <= READINGS; third += 1) {
      const due = (minutes * third) / READINGS;
      await sleep(Math.max(0, due * 60_000 - (performance.now() - startedAt)));
      const reading = await read(side, shown, due, sale.accepted.size);
      onProgress(describeReading(reading));
      readings.push(reading);
    }
    await sale.stop();
    if (shown.errors.length > 0) throw new Error(`the page failed: ${shown.errors[0]}`);
    return judge(minutes, readings);
  } finally {
    await browser.close();
    await side.stop();
  }
}

async function read(
  { console }: Required<Side>,
  shown: ConsolePage,
  minutes: number,
  orders: number,
): Promise<Reading> {
  const { memoryBytes } = await readStats(console);
  return { minutes, orders, memoryBytes, ...(await shown.held()) };
}

function judge(minutes: number, readings: Reading[]): LeftOpenResult {
  const most = (of: (reading: Reading) => number) => Math.max(...readings.map(of));
  const fits = (what: string, bound: number, found: number) => ratioOf(what, [bound / found], 1);
  return {
    name: `console left open for ${minutes} min at ${ORDERS_PER_SECOND} orders/s`,
    pairs: 1,
    readings,
    ratios: [
      fits(
        `the page's heap fits into ${MOST_HEAP_BYTES / MEGABYTE} MB`,
        MOST_HEAP_BYTES,
        most(({ heapBytes }) => heapBytes),
      ),
      fits(
        `its DOM fits into ${MOST_DOM_NODES} nodes`,
        MOST_DOM_NODES,
        most(({ domNodes }) => domNodes),
      ),
      fits(
        `the service's memory fits into 1.5 GB and ${MOST_BYTES_AN_ORDER / 1000} kB an order`,
        1,
        most(({ memoryBytes, orders }) => memoryBytes / mostMemoryBytes(orders)),
      ),
    ],
  };
}

const mostMemoryBytes = (orders: number) => MOST_WARM_BYTES + orders * MOST_BYTES_AN_ORDER;

const megabytes = (bytes: number) => `${(bytes / MEGABYTE).toFixed(1)} MB`;

const describeReading = ({ minutes, orders, heapBytes, domNodes, memoryBytes }: Reading): string =>
  `  ${minutes.toFixed(1).padStart(5)} min  ${orders} orders, page heap ${megabytes(heapBytes)}, ${domNodes} DOM nodes, service ${megabytes(memoryBytes)}`;

export const describeLeftOpen = (result: LeftOpenResult): string =>
  [...result.readings.map(describeReading), describeResult(result)].join('\n');
