import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage } from '../../ops/stage.ts';
import { setStock } from '../../ops/stock/stock.ts';
import { StockTable } from '../../ops/stock/stockTable.ts';
import { launchChromium } from './chromium.ts';
import { overflowPx, screenshot, seriousViolations } from './looks.ts';
import { ConsolePage } from './pageDriver.ts';

const UNITS = 6;
const SHOWN_WITHIN_MS = 30_000;

let service: LocalService;
let browser: Browser;

beforeAll(async () => {
  service = new LocalService({ environment: { STOCK: 'on', PAYMENT_SECONDS: '0.1' } });
  [browser] = await Promise.all([launchChromium(), service.start()]);
  const stage = localStage(service.ready as Parameters<typeof localStage>[0]);
  const signal = new AbortController().signal;
  const options = { isDryRun: false, onProgress: () => {}, signal };
  await setStock(new StockTable(stage), 'lamp', UNITS, options);
  await setStock(new StockTable(stage), `${'a long name '.repeat(5)}<b>`, 250, options);
  stage.close();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await service?.remove();
});

async function buy(quantity: number): Promise<number> {
  const { status } = await fetch(`${service.ready.api}/orders/async?way=queued`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      customer_id: 1,
      items: [{ item_id: 'lamp', name: 'Lamp', price: 1, quantity }],
    }),
  });
  return status;
}

describe('The stock panel', () => {
  it('shows what is free, and then the second at which an item was sold out', async () => {
    const shown = await ConsolePage.open(browser, service.ready.console);
    await shown.page.getByRole('link', { name: 'Stock' }).click();
    const lamp = shown.page.locator('article', { hasText: 'lamp' });
    await lamp.getByText('Nothing of it was taken yet.').waitFor();

    expect([await buy(3), await buy(2), await buy(1), await buy(1)]).toEqual([202, 202, 202, 409]);
    await lamp.getByText(/sold out at \d\d:\d\d:\d\d, after [\d.]+ s/).waitFor();
    await lamp.locator('dd').nth(2).getByText(String(UNITS)).waitFor({ timeout: SHOWN_WITHIN_MS });
    expect(await lamp.locator('dd').allTextContents()).toEqual(['0', '0', '6', '6']);

    // From the upper edge to the lower one: 6, 3, 1 and 0 units of a line that is 120 high.
    const path = (await lamp.locator('path').getAttribute('d')) ?? '';
    expect(path.match(/V[\d.]+/g)).toEqual(['V60.0', 'V100.0', 'V120.0']);
    await lamp.getByRole('img', { name: /Units left of lamp: from 6 at .* to 0 at / }).waitFor();
    expect(shown.errors).toEqual([]);
  });

  it.each(
    [1440, 390].flatMap((width) =>
      (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
    ),
  )('fits into $width px, $scheme, for everybody', async ({ width, scheme }) => {
    const options = { width, colorScheme: scheme, view: 'stock' as const };
    const { page } = await ConsolePage.open(browser, service.ready.console, options);
    await page.locator('.fall').waitFor();

    expect(await overflowPx(page)).toBeLessThanOrEqual(0);
    expect(await seriousViolations(page)).toEqual([]);
    await screenshot(page, `stock-${width}-${scheme}`);
  });
});
