import { setTimeout as sleep } from 'node:timers/promises';
import { spread } from '../../common/statistics.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage } from '../../ops/stage.ts';
import { setStock } from '../../ops/stock/stock.ts';
import { StockTable } from '../../ops/stock/stockTable.ts';
import { createWorkspace } from '../support/workspace.ts';
import { type Bench, type BenchResult, ratioOf } from './benchResult.ts';
import { untilPaid } from './paidOrders.ts';
import { acceptedPerSecond, placeOrders, postOrder } from './saturation.ts';
import { TableMeter } from './tableMeter.ts';

/** More than all orders of a side ask for. */
const UNITS = 40_000;
const SALE_PER_SECOND = 60;
const SALE_SECONDS = 15;
/** As many of both sides: code is fast once it has run so often, however long that takes. */
const WARM_UP_ORDERS = 1_500;
const SATURATED_SECONDS = 8;
const METERED_ORDERS = 300;
const METERED_WITHIN_MS = 60_000;

const MOST_TIMES_P95 = 1.5;
const LEAST_SHARE_AT_SATURATION = 0.6;

/** What a stock costs the intake. */
export const stock: Bench = {
  about: 'POST /orders/async with STOCK=on / off: p95 at 60 orders/s, orders at saturation, tables',
  run,
};

interface Side {
  p95Ms: number;
  acceptedPerSecond: number;
  /** What AWS bills for the tables of a million orders. */
  dollarsPerMillion: number;
}

async function run(pairs: number, onProgress: (text: string) => void): Promise<BenchResult> {
  const sides: [on: Side, off: Side][] = [];
  for (let pair = 1; pair <= pairs; pair += 1) {
    onProgress(`Pair ${pair} of ${pairs}: STOCK=on`);
    const on = await measure('on');
    onProgress(`  ${describe(on)}`);
    onProgress(`Pair ${pair} of ${pairs}: STOCK=off`);
    const off = await measure('off');
    onProgress(`  ${describe(off)}`);
    sides.push([on, off]);
  }
  const each = (figure: (side: Side) => number) =>
    sides.map(([on, off]) => figure(on) / figure(off));
  return {
    ...{ name: 'stock', pairs },
    ratios: [
      ratioOf(
        'the p95 at 60 orders/s',
        each(({ p95Ms }) => p95Ms),
        0,
        MOST_TIMES_P95,
      ),
      ratioOf(
        'as many orders accepted a second at saturation',
        each((side) => side.acceptedPerSecond),
        LEAST_SHARE_AT_SATURATION,
      ),
      ratioOf(
        'the price of the tables',
        each((side) => side.dollarsPerMillion),
        0,
      ),
    ],
  };
}

const describe = ({ p95Ms, acceptedPerSecond: rate, dollarsPerMillion }: Side): string =>
  `p95 ${p95Ms.toFixed(1)} ms, ${rate.toFixed(0)} orders/s at saturation, tables $${dollarsPerMillion.toFixed(2)} a million orders`;

async function measure(STOCK: 'on' | 'off'): Promise<Side> {
  const { folder, temporary, remove } = createWorkspace();
  const environment = { TMPDIR: temporary, STOCK };
  try {
    const plain = await withService({ folder, environment }, STOCK, async (url, { ready }) => {
      await placeOrders(url, WARM_UP_ORDERS);
      // What the warm-up left in the queue would be paid beside the sale.
      await untilPaid(ready.console, WARM_UP_ORDERS);
      const p95Ms = await p95OfSale(url);
      return { p95Ms, acceptedPerSecond: await acceptedPerSecond(url, SATURATED_SECONDS) };
    });
    return { ...plain, dollarsPerMillion: await meteredDollars({ folder, environment }, STOCK) };
  } finally {
    remove();
  }
}

interface Settings {
  folder: string;
  environment: Record<string, string>;
  flags?: string[];
}

async function withService<T>(
  settings: Settings,
  STOCK: 'on' | 'off',
  use: (url: string, service: LocalService) => Promise<T>,
): Promise<T> {
  const service = new LocalService(settings);
  try {
    const ready = await service.start();
    const stage = localStage(ready);
    const signal = new AbortController().signal;
    const options = { isDryRun: false, onProgress: () => {}, signal };
    if (STOCK === 'on') await setStock(new StockTable(stage), 'item-1', UNITS, options);
    stage.close();
    return await use(`${ready.api}/orders/async?way=queued`, service);
  } finally {
    await service.remove();
  }
}

/** Buyers come at this pace, however long each waits. */
async function p95OfSale(url: string): Promise<number> {
  const startedAt = performance.now();
  const waits = Array.from({ length: SALE_PER_SECOND * SALE_SECONDS }, async (_, index) => {
    await sleep(Math.max(0, startedAt + (index * 1000) / SALE_PER_SECOND - performance.now()));
    const sentAt = performance.now();
    const response = await postOrder(url);
    await response.arrayBuffer();
    if (response.status !== 202) throw new Error(`an order was answered ${response.status}`);
    return performance.now() - sentAt;
  });
  return spread(await Promise.all(waits)).p95 ?? Number.NaN;
}

/** Of some orders from the first to the last call. */
async function meteredDollars(settings: Settings, STOCK: 'on' | 'off'): Promise<number> {
  const meter = new TableMeter();
  const flags = ['--env', `AWS_ENDPOINT_URL_DYNAMODB=${await meter.listen()}`];
  try {
    return await withService(
      { ...settings, flags, environment: { ...settings.environment, SWEEPER: 'off' } },
      STOCK,
      async (url, service) => {
        meter.connect(service.ready.endpoints.dynamodb);
        for (let taken = 0; taken < METERED_ORDERS; taken += 1) await postOrder(url);
        await untilQuiet(meter);
        return (meter.dollars / METERED_ORDERS) * 1e6;
      },
    );
  } finally {
    meter.close();
  }
}

/** Until the last order is paid. */
async function untilQuiet(meter: TableMeter): Promise<void> {
  let before = -1;
  for (const end = Date.now() + METERED_WITHIN_MS; Date.now() < end; await sleep(2_000)) {
    if (meter.writeUnits === before) return;
    before = meter.writeUnits;
  }
  throw new Error('the tables were still written to');
}
