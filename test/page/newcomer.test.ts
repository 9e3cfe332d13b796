import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { metricSumsSchema } from '../../contracts/metricSums.ts';
import { METRIC } from '../../lib/platform/metricNames.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { localStage } from '../../ops/stage.ts';
import { launchChromium } from './chromium.ts';
import { EventStream } from './eventStream.ts';
import { ConsolePage } from './pageDriver.ts';

const QUEUE = 'flash-sale-local-orders';
const NO_ORDER = `ord_${'0'.repeat(32)}`;
const WORKERS_FILLED = 100;
const GROWN = 150;

let service: LocalService;
let browser: Browser;
let stream: EventStream;
let home: ConsolePage;

beforeAll(async () => {
  service = await LocalService.onFixedPorts();
  [browser] = await Promise.all([launchChromium(), service.start()]);
  stream = new EventStream(service.ready.console);
  home = await ConsolePage.open(browser, service.ready.console);
}, 120_000);

afterAll(async () => {
  await stream?.stop();
  await browser?.close();
  await service?.remove();
});

describe('A newcomer', () => {
  it.each(['sync', 'queued', 'direct'])(
    'places an order the way %s and sees it complete',
    async (way) => {
      await home.goTo('orders');
      const { page } = home;
      await page.getByRole('radio', { name: way }).check();
      await page.getByRole('button', { name: 'Place order' }).click();

      await page.locator('#order-status', { hasText: 'completed' }).waitFor({ timeout: 20_000 });

      await page.locator('#life li', { hasText: 'order ended: completed' }).waitFor();
      expect(await page.locator('#life li').allTextContents()).toEqual(
        expect.arrayContaining([expect.stringContaining('its charge took 3.')]),
      );
      expect(new URL(page.url()).searchParams.get('order')).toMatch(/^ord_/);
    },
  );

  it('sends an order again and is told what it stands for', async () => {
    const { page } = home;
    const answer = page.locator('#answer');
    await page.getByRole('button', { name: 'Send again', exact: true }).click();
    await answer.filter({ hasText: 'a repeat of the first order' }).waitFor();

    await page.getByRole('button', { name: 'Send again, quantity changed' }).click();

    await answer.filter({ hasText: '422' }).waitFor();
  });

  it('finds an order by whatever holds its id', async () => {
    const { page } = home;
    const id = (await page.locator('#order-id').textContent()) ?? '';
    await home.goTo('overview');
    await page.getByRole('searchbox').fill(`{"order_id":"${id}"}`);
    await page.keyboard.press('Enter');

    await page.locator('#order-id', { hasText: id }).waitFor();
  });

  it('is told once that there is no such order, and asks no more', async () => {
    const asked: string[] = [];
    const { page } = await ConsolePage.open(browser, service.ready.console);
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByRole('searchbox').fill(NO_ORDER);
    await page.keyboard.press('Enter');
    await page
      .getByRole('alert')
      .filter({ hasText: `there is no order ${NO_ORDER}` })
      .waitFor();
    await page.waitForTimeout(1500);

    expect(asked.filter((path) => path.endsWith(NO_ORDER))).toHaveLength(1);
    expect(await page.getByRole('alert').count()).toBe(1);
    await page.close();
  });

  it('reads the whole way of an order in its log lines', async () => {
    const { page } = home;
    await page.getByRole('link', { name: 'Its log lines' }).click();
    await page.locator('#log li', { hasText: 'order ended' }).waitFor();

    const lines = (await page.locator('#log li').allTextContents()).join('\n');
    for (const step of ['order accepted', 'order received']) expect(lines).toContain(step);
  });

  it('starts a load and watches the queue grow with one worker', async () => {
    await home.goTo('overview');
    const { page } = home;
    await page.getByLabel('A phase of the sale').selectOption('3');
    const before = await home.pixels('chart-queue');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.locator('#sale-state', { hasText: 'runs' }).waitFor();

    await home.until('queue', (count) => count > GROWN, 90_000);

    await page.locator('#drain', { hasText: 'grows by' }).waitFor();
    expect(await home.pixels('chart-queue')).not.toBe(before);
    expect(await home.count('queueWorker')).toBeLessThanOrEqual(2);
  });

  it('sees the figure of the event stream, on two pages, and again after a reload', async () => {
    const other = await ConsolePage.open(browser, service.ready.console);
    await expectStreamed(home);
    await expectStreamed(other);
    await home.page.reload();
    await home.page.locator('#connection', { hasText: 'live' }).waitFor();
    await expectStreamed(home);

    expect(home.errors).toEqual([]);
    await other.page.close();
  });

  it('sets twenty workers and sees it drain', async () => {
    const { page } = home;
    await page.getByLabel('Workers of the queue').fill('20');
    await page.getByRole('button', { name: 'Set' }).click();

    await home.until('in-flight', (count) => count > WORKERS_FILLED, 30_000);
    await page.locator('#drain', { hasText: 'drained in' }).waitFor({ timeout: 30_000 });
    await home.until('queue', (count) => count === 0, 90_000);
    await home.until('in-flight', (count) => count === 0, 30_000);

    await page.locator('#drain', { hasText: 'empty' }).waitFor();
    await page.locator('#sale-state', { hasText: 'ended' }).waitFor({ timeout: 60_000 });
  });

  it('stops a phase that it started', async () => {
    const { page } = home;
    await page.getByLabel('A phase of the sale').selectOption('6');
    await page.getByRole('button', { name: 'Run' }).click();
    await home.until('topicProcessor', (count) => count > 0, 60_000);

    await page.getByRole('button', { name: 'Stop' }).click();

    await page.locator('#sale-state', { hasText: 'ended: it was stopped' }).waitFor();
    await page.getByRole('button', { name: 'Run' }).waitFor();
    await home.until('topicProcessor', (count) => count === 0, 60_000);
  });

  it('pauses the queue, sees orders wait, and resumes it', async () => {
    const { page } = home;
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    const desk = await ConsolePage.open(browser, service.ready.console, { view: 'orders' });
    await desk.page.getByRole('button', { name: 'Place order' }).click();
    await home.until('queue', (count) => count === 1, 10_000);

    await page.getByRole('button', { name: 'Resume' }).click();

    await desk.page.locator('#order-status', { hasText: 'completed' }).waitFor({ timeout: 20_000 });
    await desk.page.close();
  });
});

describe('The metrics of all that', () => {
  it('are valid lines whose sums are those of the books, exactly', async () => {
    const stage = localStage(service.ready as Parameters<typeof localStage>[0]);
    const { closed, orders, charges } = await reconcile(stage, { waitSeconds: 30 });
    stage.close();
    const answer = await fetch(`${service.ready.console}/api/metrics`);
    const { lines, series } = metricSumsSchema.parse(await answer.json());
    const sum = (metric: string) =>
      series.filter(({ name }) => name === metric).reduce((total, found) => total + found.sum, 0);

    expect(closed).toBe(true);
    expect(lines.read).toBeGreaterThan(GROWN);
    expect(lines.invalid).toBe(0);
    expect(orders.pending).toBe(0);
    expect(sum(METRIC.orderCompleted)).toBe(orders.completed);
    expect(sum(METRIC.orderCompleted)).toBe(charges.count);
    expect(sum(METRIC.orderAccepted)).toBe(orders.completed + orders.declined + orders.cancelled);
  });
});

describe('A stopped service', () => {
  it('is said on the page, which comes back by itself', async () => {
    const { page } = home;
    await service.stop();
    await page.getByRole('alert').filter({ hasText: 'has not answered' }).waitFor();

    await service.start();

    await page.locator('#connection', { hasText: 'live' }).waitFor({ timeout: 30_000 });
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(home.errors).toEqual([]);
  });
});

/** What is drawn was in the stream within the last second. */
async function expectStreamed(page: ConsolePage): Promise<void> {
  // A page that has just been loaded shows a dash until its first sample.
  await page.until('queue', Number.isFinite, 10_000);
  const latest = stream.samples.at(-1)?.at ?? 0;
  const drawn = await page.count('queue');
  await page.page.waitForTimeout(300);
  const recent = stream.samples.filter(({ at }) => at >= latest - 1000);
  expect(recent.map(({ queues }) => queues[QUEUE]?.visible)).toContain(drawn);
}
