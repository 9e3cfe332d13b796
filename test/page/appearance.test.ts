import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { launchChromium } from './chromium.ts';
import { brokenWords, overflowPx, screenshot, seriousViolations } from './looks.ts';
import { type ColorScheme, ConsolePage, type View } from './pageDriver.ts';
import { serveSale } from './saleStream.ts';

const VIEWS: View[] = ['overview', 'orders', 'dead-letters', 'logs', 'api'];
const MIDDLE = 1024;
const SIZES = [1440, MIDDLE, 390];
const SCHEMES: ColorScheme[] = ['light', 'dark'];
/** What a view shows once it has read what it shows. */
const READY: Record<View, string> = {
  overview: '.part.bad',
  orders: '#order-id',
  'dead-letters': '.letter',
  logs: '#log li',
  api: '#routes li',
};
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

/** As many as make a full chart. */
const SALE_SECONDS = 900;
const looks = SIZES.flatMap((width) => SCHEMES.map((colorScheme) => ({ width, colorScheme })));

const saleState = {
  phases: [{ id: '3', name: 'async, 1 worker', seconds: 30 }],
  run: {
    running: true,
    phase: '3',
    startedAt: new Date(Date.now() - 12_000).toISOString(),
    plannedSeconds: 30,
    said: ['Phase 3: 20 buyers, 30 s'],
    status: null,
    folder: 'sale-results/2026-11-24T00-00-00',
  },
};

const CAUSE = {
  ...{ id: 'abc123', cause: MARKUP, messages: 1234, orders: 1200, cents: 119_880 },
  ...{ since: '2026-11-24T00:00:00.000Z', latest: '2026-11-24T00:00:00.000Z', queues: {} },
};

const deadLetters = {
  count: 1234,
  causes: [CAUSE],
  letters: [
    {
      queue: 'flash-sale-local-orders-dead-letters',
      messageId: 'a',
      sentAt: '2026-11-24T00:00:00.000Z',
      orderId: ORDER,
      cause: MARKUP,
      causeId: CAUSE.id,
      status: 'pending',
      attempts: 5,
      body: `{"order_id":"${ORDER}"}`,
    },
    {
      queue: 'flash-sale-local-direct-dead-letters',
      messageId: 'b',
      sentAt: '2026-11-24T00:00:00.000Z',
      cause: 'not an order message',
      causeId: 'def456',
      body: MARKUP,
    },
  ],
};

/** A sale in full swing, whatever the service does. */
async function busy(page: Page): Promise<void> {
  await serveSale(page, SALE_SECONDS);
  await page.route('**/api/sale?*', (route) => route.fulfill({ json: saleState }));
  await page.route('**/api/sale', (route) => route.fulfill({ json: saleState }));
  await page.route('**/api/dead-letters', (route) => route.fulfill({ json: deadLetters }));
}

/** One page at every size, in both colour schemes: it is opened once. */
async function expectGoodLooks({ page, errors }: ConsolePage, name: string): Promise<void> {
  for (const { width, colorScheme } of looks) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await screenshot(page, `${name}-${width}-${colorScheme}`);
    const found = {
      overflowPx: await overflowPx(page),
      brokenWords: await brokenWords(page),
    };
    expect({ width, colorScheme, ...found }).toEqual({
      ...{ width, colorScheme, overflowPx: 0, brokenWords: [] },
    });
    // The colours of the middle are those of both ends.
    if (width !== MIDDLE || colorScheme === 'light')
      expect(await seriousViolations(page)).toEqual([]);
  }
  expect(errors).toEqual([]);
  await page.close();
}

describe('Every view', () => {
  it('of an idle service fits every width, has no serious barrier, and invites', async () => {
    const shown = await ConsolePage.open(browser, service.ready.console);
    await shown.page.locator('#part-queue', { hasText: '0' }).waitFor();
    await shown.page.getByRole('heading', { name: 'No order has come yet' }).waitFor();
    expect(await shown.page.locator('.chart').count()).toBe(0);

    await expectGoodLooks(shown, 'idle');
  });

  it.each(VIEWS)('%s in mid-sale fits every width and has no serious barrier', async (view) => {
    const order = await placeOrder(MARKUP);
    const shown = await ConsolePage.open(browser, service.ready.console, { prepare: busy });
    await shown.goTo(view, view === 'orders' ? `&order=${order}` : '');
    await shown.page.locator(READY[view]).first().waitFor();
    await openEverything(shown);

    await expectGoodLooks(shown, view);
  });

  it('of recent orders fits every width and has no serious barrier', async () => {
    await placeOrder(MARKUP);
    const shown = await ConsolePage.open(browser, service.ready.console, { view: 'orders' });
    await shown.page.locator('.orders tbody tr').first().waitFor();

    await expectGoodLooks(shown, 'recent');
  });

  it('of a lost read-only service fits every width and has no serious barrier', async () => {
    const answer = await fetch(`${service.ready.console}/api/service`);
    const json = { ...((await answer.json()) as object), readOnly: true };
    const shown = await ConsolePage.open(browser, service.ready.console, {
      prepare: async (page) => {
        await page.route('**/api/service', (route) => route.fulfill({ json }));
        const sale = await serveSale(page, SALE_SECONDS);
        setTimeout(() => void sale.end(), 2000);
      },
    });
    await shown.page.getByRole('alert').filter({ hasText: 'has not answered' }).waitFor();

    await expectGoodLooks(shown, 'lost');
  });

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
    await placeOrder('Lamp');
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
