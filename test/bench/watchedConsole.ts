import type { Browser } from 'playwright-core';
import { sum } from '../../common/statistics.ts';
import { launchChromium } from '../page/chromium.ts';
import { ConsolePage } from '../page/pageDriver.ts';
import { type Bench, type BenchResult, ratioOf } from './benchResult.ts';
import { acceptedPerSecond } from './saturation.ts';
import { type Side, startLocal } from './sides.ts';

const WARM_UP_SECONDS = 10;
const MEASURED_SECONDS = 6;

/** What somebody who watches the sale costs its buyers. */
export const consolePage: Bench = {
  about:
    'POST /orders/async at saturation: with the console open in Chromium / with nobody watching',
  run: runConsolePage,
};

async function runConsolePage(
  pairs: number,
  onProgress: (text: string) => void,
): Promise<BenchResult> {
  const side = await startLocal();
  const browser = await launchChromium();
  try {
    await acceptedPerSecond(`${side.api}/orders/async`, WARM_UP_SECONDS);
    const ratios: number[] = [];
    for (let pair = 1; pair <= pairs; pair += 1) {
      const ratio = await measurePair(browser, side);
      onProgress(`Pair ${pair} of ${pairs}: ${ratio.toFixed(2)}`);
      ratios.push(ratio);
    }
    const ratio = ratioOf('the throughput while the page is open', ratios, 0.95);
    return { name: 'console', pairs, ratios: [ratio] };
  } finally {
    await browser.close();
    await side.stop();
  }
}

/** Watched in the middle of two times alone: the service grows slower with all the orders that it has. */
async function measurePair(browser: Browser, side: Side): Promise<number> {
  const unwatched = () => acceptedPerSecond(`${side.api}/orders/async`, MEASURED_SECONDS);
  const watched = async () => {
    const { page } = await ConsolePage.open(browser, side.console ?? '');
    const rate = await unwatched();
    await page.close();
    return rate;
  };
  const before = await unwatched();
  const during = [await watched(), await watched()];
  return sum(during) / (before + (await unwatched()));
}
