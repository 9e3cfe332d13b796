import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { LocalService } from '../support/localService.ts';
import { launchChromium } from './chromium.ts';
import { type ColorScheme, ConsolePage, type View } from './consolePage.ts';
import { overflowPx, screenshot, seriousViolations } from './looks.ts';

const VIEWS: View[] = ['overview', 'orders', 'dead-letters', 'logs'];
const SIZES = [1280, 390];
const SCHEMES: ColorScheme[] = ['light', 'dark'];
const MARKUP = `<img src=x onerror="window.hit=1"><script>window.hit=1</script><b>bold</b>`;
const ORDER = `ord_${'ab'.repeat(16)}`;

let service: LocalService;
let browser: Browser;

beforeAll(async () => {
  service = await LocalService.onFixedPorts();
  [browser] = await Promise.all([launchChromium(), service.start()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await service?.remove();
});

async function placeOrder(name: string): Promise<string> {
  const item = { item_id: 'item-1', name, price: 9.99, quantity: 1 };
  const response = await fetch(`${service.ready.console}/api/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ way: 'direct', body: { customer_id: 1, items: [item] } }),
  });
  const { body } = (await response.json()) as { body: { order_id: string } };
  return body.order_id;
}

const deadLetters = {
  count: 2,
  letters: [
    {
      queue: 'flash-sale-local-orders-dead-letters',
      messageId: 'a',
      sentAt: '2026-11-24T00:00:00.000Z',
      orderId: ORDER,
      cause: MARKUP,
      status: 'pending',
      attempts: 5,
      body: `{"order_id":"${ORDER}"}`,
    },
    {
      queue: 'flash-sale-local-direct-dead-letters',
      messageId: 'b',
      sentAt: '2026-11-24T00:00:00.000Z',
      body: MARKUP,
    },
  ],
};

describe('Every view', () => {
  const cases = VIEWS.flatMap((view) =>
    SIZES.flatMap((width) => SCHEMES.map((colorScheme) => ({ view, width, colorScheme }))),
  );

  it.each(cases)(
    '$view fits $width px and has no serious barrier, $colorScheme',
    async ({ view, width, colorScheme }) => {
      const order = await placeOrder(MARKUP);
      const shown = await ConsolePage.open(browser, service.ready.console, { width, colorScheme });
      await shown.page.route('**/api/dead-letters', (route) =>
        route.fulfill({ json: deadLetters }),
      );
      await shown.goTo(view, view === 'orders' ? `&order=${order}` : '');
      await shown.page.locator('main .card').first().waitFor();
      await openEverything(shown);

      await screenshot(shown.page, `${view}-${width}-${colorScheme}`);

      expect(await overflowPx(shown.page)).toBe(0);
      expect(await seriousViolations(shown.page)).toEqual([]);
      expect(shown.errors).toEqual([]);
      await shown.page.close();
    },
  );

  it('shows markup of a buyer as the text it is', async () => {
    const order = await placeOrder(MARKUP);
    const shown = await ConsolePage.open(browser, service.ready.console, { view: 'orders' });
    await shown.goTo('orders', `&order=${order}`);
    await shown.page.locator('pre', { hasText: 'onerror' }).first().waitFor();
    await shown.page.route('**/api/dead-letters', (route) => route.fulfill({ json: deadLetters }));
    await shown.goTo('dead-letters');
    await shown.page.locator('.letter', { hasText: 'onerror' }).first().waitFor();

    expect(await shown.page.evaluate('window.hit')).toBeUndefined();
    expect(await shown.page.locator('main img, main script').count()).toBe(0);
    await shown.page.close();
  });
});

describe('By keyboard', () => {
  it('a person skips to the content, changes the view and opens a table', async () => {
    const { page } = await ConsolePage.open(browser, service.ready.console);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('To the content');

    await page.getByRole('link', { name: 'Order desk' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Place an order' }).waitFor();
    await page.goBack();
    await page.locator('#chart-queue summary').focus();
    await page.keyboard.press('Enter');

    await page.locator('#chart-queue tbody tr').first().waitFor();
    await page.close();
  });
});

async function openEverything({ page }: ConsolePage): Promise<void> {
  for (const summary of await page.locator('main details:not([open]) > summary').all()) {
    await summary.click({ timeout: 2000 }).catch(() => {});
    if ((await page.locator('main details[open]').count()) >= 3) return;
  }
}
