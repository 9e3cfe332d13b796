import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { residentMb } from '../inputs/requestCampaign.ts';
import { ROOT } from '../support/workspace.ts';
import { type Bench, type BenchOptions, type BenchResult, ratioOf } from './benchResult.ts';
import { untilPaid } from './paidOrders.ts';
import { placeOrders } from './saturation.ts';

/** An hour at 60 orders a second. */
const ORDERS = 216_000;
const TENTHS = 10;
const MOST_MB = 1500;
const LEAST_OF_SECOND_TENTH = 0.9;
const RECONCILED_WITHIN_SECONDS = 25;
const LOOK_EVERY_MS = 1000;
/** The payment is short, so that twenty workers keep up with the intake. */
const ENVIRONMENT = { PAYMENT_SECONDS: '0.3', WORKER_COUNT: '20' };

/** A sale that lasts: what the service keeps of an hour's orders, and whether it slows down. */
export const longSale: Bench = {
  about:
    'an hour’s orders as fast as they can be taken and paid: memory, speed at the end, sls reconcile',
  run: runLongSale,
};

async function runLongSale(
  _pairs: number,
  onProgress: (text: string) => void,
  { orders = ORDERS }: BenchOptions = {},
): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-long-'));
  const readyFile = path.join(folder, 'ready.json');
  const service = new LocalService({ readyFile, environment: ENVIRONMENT });
  try {
    const { api, console, pid } = await service.start();
    let peakMb = residentMb(pid);
    const timer = setInterval(() => {
      peakMb = Math.max(peakMb, residentMb(pid));
    }, LOOK_EVERY_MS);
    const rates: number[] = [];
    for (let tenth = 1; tenth <= TENTHS; tenth += 1) {
      const startedAt = performance.now();
      await placeOrders(`${api}/orders/async?way=queued`, orders / TENTHS);
      await untilPaid(console, (orders * tenth) / TENTHS);
      const rate = orders / TENTHS / ((performance.now() - startedAt) / 1000);
      rates.push(rate);
      onProgress(
        `${(orders * tenth) / TENTHS} orders paid, ${rate.toFixed()} a second, ${residentMb(pid).toFixed()} MB`,
      );
    }
    clearInterval(timer);
    const seconds = await reconcileSeconds(readyFile);
    onProgress(`At most ${peakMb.toFixed()} MB; sls reconcile took ${seconds.toFixed(1)} s`);
    return resultOf(peakMb, rates, seconds);
  } finally {
    await service.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function reconcileSeconds(readyFile: string): Promise<number> {
  const startedAt = performance.now();
  const script = path.join(ROOT, 'node_modules/serverless/bin/serverless.js');
  const args = [script, 'reconcile', '--stage', 'local', '--ready-file', readyFile];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  return (performance.now() - startedAt) / 1000;
}

function resultOf(peakMb: number, rates: number[], seconds: number): BenchResult {
  const [, second = Number.NaN] = rates;
  const last = rates.at(-1) ?? Number.NaN;
  return {
    name: 'long',
    pairs: 1,
    ratios: [
      ratioOf('as much memory as the service ever had, 1.5 GB', [MOST_MB / peakMb], 1),
      ratioOf(
        'of the second tenth’s orders a second in the last tenth',
        [last / second],
        LEAST_OF_SECOND_TENTH,
      ),
      ratioOf('as long as sls reconcile, 25 s', [RECONCILED_WITHIN_SECONDS / seconds], 1),
    ],
  };
}
