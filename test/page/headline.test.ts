import { isDeepStrictEqual } from 'node:util';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { BREAKER_KEY } from '../../lib/adapters/dynamoBreakerStore.ts';
import { toItem } from '../../lib/adapters/dynamoItem.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { readStatus } from '../../ops/status/stageStatus.ts';
import { launchChromium } from './chromium.ts';
import { ConsolePage } from './pageDriver.ts';

const WITHIN_MS = 30_000;

let service: LocalService;
let browser: Browser;
let stage: Stage;
let page: Page;

beforeAll(async () => {
  service = new LocalService({
    environment: { WORKER_COUNT: '1', PAYMENT_SECONDS: '1.5', PAYMENT_FAULTS: '{"by_item":true}' },
  });
  [browser] = await Promise.all([launchChromium(), service.start()]);
  stage = localStage(service.ready as Parameters<typeof localStage>[0]);
  ({ page } = await ConsolePage.open(browser, service.ready.console));
}, 120_000);

afterAll(async () => {
  stage?.close();
  await browser?.close();
  await service?.remove();
});

const says = (text: string) =>
  page.locator('#headline-title', { hasText: text }).waitFor({ timeout: WITHIN_MS });

const place = async (way: string, item_id = 'item-1') => {
  const body = { customer_id: 1, items: [{ item_id, name: 'Lamp', price: 9.99, quantity: 1 }] };
  const answer = await fetch(`${service.ready.api}/orders/async?way=${way}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { order_id: string }).order_id;
};
const placeMany = (count: number) =>
  Promise.all(Array.from({ length: count }, () => place('queued')));

const put = async (path: string, body: object) => {
  const answer = await fetch(`${service.ready.console}${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
};

async function shownFigures() {
  const read = async (id: string) =>
    Number((await page.locator(`#headline-${id}`).textContent())?.replaceAll(',', ''));
  const [waiting, open, dead] = [await read('waiting'), await read('open'), await read('dead')];
  return { waiting, open, dead };
}

async function status() {
  const { queue, open, dead_letters: dead } = await readStatus(stage);
  const { sync, queued, direct } = open.by_way;
  return { waiting: queue.waiting, open: sync + queued + direct, dead: dead.queued + dead.direct };
}

/** Looks again with each reading of the page. */
async function isShown(figures: Awaited<ReturnType<typeof shownFigures>>): Promise<void> {
  while (!isDeepStrictEqual(await shownFigures(), figures))
    await page.waitForResponse('**/api/headline', { timeout: WITHIN_MS });
}

/** Once no order is being paid: all that are open wait. */
async function settled() {
  for (let figures = await status(); ; figures = await status())
    if (figures.open === figures.waiting) return figures;
}

const setBreaker = (opened_at: string | undefined) =>
  stage.clients.dynamodb.send(
    new UpdateItemCommand({
      TableName: stage.outputs.OperationsTableName,
      Key: toItem(BREAKER_KEY),
      UpdateExpression: opened_at === undefined ? 'REMOVE opened_at' : 'SET opened_at = :at',
      ...(opened_at !== undefined && { ExpressionAttributeValues: toItem({ ':at': opened_at }) }),
    }),
  );

describe('The headline', () => {
  it('says that a service without orders is idle', () => says('Idle'));

  it('says that it keeps up while workers are faster than buyers', async () => {
    await place('direct');
    await place('queued');
    await says('Keeping up');
  });

  it('says that a queue which grows never drains, and how many workers would keep up', async () => {
    await put('/api/mapping', { enabled: false });
    await placeMany(40);
    await says('paused');
    const { waiting, open, dead } = await settled();
    // A poll that was under way when the mapping was paused may still have taken ten.
    expect(waiting).toBeGreaterThanOrEqual(30);
    // Nothing moves any more: the page shows what the command says.
    await isShown({ waiting, open, dead });

    await put('/api/mapping', { enabled: true });
    for (let burst = 0; burst < 4; burst += 1) await placeMany(40);
    await says('Falling behind');
    expect(await page.locator('#headline-title').textContent()).toMatch(/\d+ workers? would keep/);
  });

  it('says when the queue is empty once more workers take from it', async () => {
    await says('Draining');
    expect(await page.locator('#headline-title').textContent()).toMatch(/empty in \d+ /);
    await put('/api/workers', { workers: 20 });
    await says('Idle');
    await isShown({ waiting: 0, open: 0, dead: 0 });
  });

  it('says that the payment provider is down', async () => {
    await setBreaker(new Date().toISOString());
    await says('The payment provider is down');
    await setBreaker(undefined);
    await says('Idle');
  });

  it('closes the books, and tells their last word with the count of each rule', async () => {
    await page.getByRole('button', { name: 'Close the books' }).click();
    await page.locator('#books-word', { hasText: 'Nothing is lost' }).waitFor();
    await page.getByText("Each rule's count").click();

    expect(await page.locator('#books-rules li').allTextContents()).toEqual([
      expect.stringMatching(/^0 .*a-accepted-has-order/),
      expect.stringMatching(/^0 .*b-completed-equals-charged/),
      expect.stringMatching(/^0 .*c-pending-is-accounted-for/),
      expect.stringMatching(/^202 charges/),
    ]);
  });
});

describe('The orders', () => {
  it('are browsed by status and way, which the address holds', async () => {
    await page.goto(`${service.ready.console}/?view=orders`);
    await page.locator('#orders-count', { hasText: 'of 202 orders' }).waitFor();
    await page.getByLabel('Way').last().selectOption('direct');
    await page.locator('#orders-count', { hasText: '1 orders' }).waitFor();
    expect(new URL(page.url()).searchParams.get('way')).toBe('direct');

    await page.reload();
    await page.locator('#orders-count', { hasText: '1 orders' }).waitFor();
    await page.locator('.orders a').click();
    await page.locator('#order-status', { hasText: 'completed' }).waitFor();
  });

  it('show their life as a bar, from acceptance to the charge', async () => {
    const legend = page.locator('#life-bar li');
    await legend.filter({ hasText: 'charge: charged' }).waitFor();
    expect(await legend.allTextContents()).toEqual([
      expect.stringContaining('taken'),
      expect.stringContaining('published, then waits for Lambda'),
      expect.stringContaining('charge: charged'),
    ]);
  });

  it('fail on purpose by a choice, and the sync desk counts while it pays', async () => {
    await page.getByLabel('An order that').selectOption('is declined');
    await page.getByRole('radio', { name: 'sync' }).check();
    await page.getByRole('button', { name: 'Place order' }).click();
    await page.locator('#paying', { hasText: /0\.[1-9] s/ }).waitFor();

    await page.locator('#order-status', { hasText: 'declined' }).waitFor();
    await page.locator('#life-bar li', { hasText: 'charge: declined' }).waitFor();
  });
});

describe('The other views', () => {
  it('run the lines that call the order API', async () => {
    await page.goto(`${service.ready.console}/?view=api`);
    await page.locator('#routes li', { hasText: 'DELETE' }).waitFor();
    await page.getByRole('button', { name: 'Run it here' }).click();

    const said = page.locator('#run-said li');
    await said.filter({ hasText: 'POST /orders/async: 202, again in' }).waitFor();
    await said.filter({ hasText: '"status": "completed"' }).waitFor({ timeout: WITHIN_MS });
  });

  it('show log lines in rows of which more than 14 fit, open one, and search on "/"', async () => {
    await page.goto(`${service.ready.console}/?view=logs`);
    const rows = page.locator('#log li');
    await rows.nth(20).waitFor();
    expect(await rowsInWindow()).toBeGreaterThan(14);
    await rows.first().locator('summary').click();
    await rows.first().locator('pre').waitFor();

    await page.locator('h2').first().click();
    await page.keyboard.press('/');
    expect(await page.locator(':focus').getAttribute('name')).toBe('text');
  });
});

const rowsInWindow = (): Promise<number> =>
  page.evaluate(
    () =>
      [...document.querySelectorAll('#log li')].filter(
        (row) => row.getBoundingClientRect().bottom < innerHeight,
      ).length,
  );
