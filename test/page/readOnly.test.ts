import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { launchChromium } from './chromium.ts';
import { ConsolePage } from './pageDriver.ts';

let service: LocalService;
let browser: Browser;

beforeAll(async () => {
  service = new LocalService({ flags: ['--read-only'] });
  [browser] = await Promise.all([launchChromium(), service.start()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await service?.remove();
});

describe('A console that only shows', () => {
  it('says so, and lets nobody turn anything', async () => {
    const { page } = await ConsolePage.open(browser, service.ready.console);
    await page.getByText('Read-only: this console shows and changes nothing.').waitFor();

    for (const name of ['Set', 'Pause', 'Run'])
      expect(await page.getByRole('button', { name, exact: true }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'Order desk' }).click();
    expect(await page.getByRole('button', { name: 'Place order' }).isDisabled()).toBe(true);
    await page.close();
  });

  it('still counts the orders that others place', async () => {
    const shown = await ConsolePage.open(browser, service.ready.console);
    const item = { item_id: 'item-1', name: 'Product Name', price: 9.99, quantity: 1 };
    await fetch(`${service.ready.api}/orders/async?way=direct`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ customer_id: 1, items: [item] }),
    });

    await shown.until('completed-direct', (count) => count > 0, 20_000);
    await shown.page.close();
  });
});
