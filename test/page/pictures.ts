import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { UsageError } from '../../common/usageError.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { tell } from '../e2e/checks.ts';
import { runProgram } from '../support/program.ts';
import { findChromium, launchChromium } from './chromium.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'docs/pictures');
const REPORT = path.join(ROOT, 'sale-results/latest/report.html');
const HELP = `Takes the pictures of the README anew, with Chromium: the console while a service with one worker gets more orders
than it can pay, and the report of a sale.

  npm run pictures [-- --report FILE]   default: the report of the newest sale, sale-results/latest

Exit: 0 both were taken, 2 there is no Chromium or no report.`;

const WINDOW = { width: 1280, height: 800 };
const SALE_SECONDS = 25;
const ORDERS_A_SECOND = 8;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      report: { type: 'string', default: REPORT },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (findChromium() === undefined)
    throw new UsageError('There is no Chromium: apt-get install chromium');
  if (!existsSync(values.report))
    throw new UsageError(
      `There is no report at ${values.report}: run a sale, npm run sale -- --quick`,
    );
  mkdirSync(FOLDER, { recursive: true });
  const browser = await launchChromium();
  try {
    await takeConsole(browser);
    await take(
      browser,
      pathToFileURL(path.resolve(values.report)).href,
      'report',
      '.queue-picture',
    );
  } finally {
    await browser.close();
  }
  return 0;
}

async function takeConsole(browser: Browser): Promise<void> {
  const service = new LocalService({ environment: { WORKER_COUNT: '1' } });
  try {
    const { api, console } = await service.start();
    tell(`Ordering for ${SALE_SECONDS} s`);
    const buying = buy(`${api}/orders/async`);
    await sleep(SALE_SECONDS * 1000);
    await take(browser, `${console}/?minutes=1`, 'console', '#phase option');
    clearInterval(buying);
  } finally {
    await service.remove();
  }
}

function buy(address: string): NodeJS.Timeout {
  const items = [{ item_id: 'lamp', name: 'Lamp', price: 19.99, quantity: 1 }];
  const body = JSON.stringify({ customer_id: 1, items });
  const headers = { 'content-type': 'application/json' };
  let count = 0;
  return setInterval(() => {
    count += 1;
    const way = count % 3 === 0 ? 'direct' : 'queued';
    void fetch(`${address}?way=${way}`, { method: 'POST', headers, body }).catch(() => {});
  }, 1000 / ORDERS_A_SECOND);
}

/** `last` is what the page shows at last. */
async function take(browser: Browser, address: string, name: string, last: string): Promise<void> {
  const page = await browser.newPage({ viewport: WINDOW });
  await page.goto(address);
  await page.locator(last).first().waitFor({ state: 'attached' });
  await sleep(2500);
  const file = path.join(FOLDER, `${name}.png`);
  await page.screenshot({ path: file });
  tell(path.relative(ROOT, file));
}

await runProgram(main);
