import { UpdateFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { setBreaker } from '../../ops/breaker.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage } from '../../ops/stage.ts';
import { launchChromium } from './chromium.ts';
import { ConsolePage } from './pageDriver.ts';

const CAUSE = 'the provider failed before it began the charge';
/** A message that fails is there again after this time, and is given up after five times. */
const VISIBILITY_SECONDS = 1;
const GIVEN_UP_WITHIN_MS = 30_000;

let service: LocalService;
let browser: Browser;
let shown: ConsolePage;

beforeAll(async () => {
  service = new LocalService({
    environment: { PAYMENT_FAULTS: '{"by_item":true}', PAYMENT_SECONDS: '0.1' },
  });
  [browser] = await Promise.all([launchChromium(), service.start()]);
  await giveUpSoon();
  shown = await ConsolePage.open(browser, service.ready.console);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await service?.remove();
});

const runningStage = () => localStage(service.ready as Parameters<typeof localStage>[0]);

/** Hours of waiting for another try, cut short; whoever gives up is still the queue, and Lambda. */
async function giveUpSoon(): Promise<void> {
  const { clients, outputs, close } = runningStage();
  await clients.sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: outputs.OrderQueueUrl,
      Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) },
    }),
  );
  await clients.lambda.send(
    new UpdateFunctionEventInvokeConfigCommand({
      FunctionName: 'flash-sale-local-topicProcessor',
      MaximumRetryAttempts: 0,
    }),
  );
  close();
}

async function placeOrder(way: string, item_id: string): Promise<string> {
  const item = { item_id, name: 'Product Name', price: 9.99, quantity: 1 };
  const response = await fetch(`${service.ready.api}/orders/async?way=${way}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer_id: 1, items: [item] }),
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as { order_id: string }).order_id;
}

describe('An order that is given up', () => {
  let queued: string;

  it('is counted on the pipeline, by the queue that it ended in', async () => {
    queued = await placeOrder('queued', 'fault-before');
    await placeOrder('direct', 'fault-before');

    const isOne = (count: number) => count === 1;
    await shown.until('flash-sale-local-orders-dead-letters', isOne, GIVEN_UP_WITHIN_MS);
    await shown.until('flash-sale-local-direct-dead-letters', isOne, GIVEN_UP_WITHIN_MS);

    const worker = shown.page.locator('.part', { has: shown.page.locator('#part-queueWorker') });
    await worker.filter({ hasText: '5 attempts failed' }).waitFor();
  });

  it('is shown with its cause, and leads to its life', async () => {
    const { page } = shown;
    await page.getByRole('link', { name: 'Dead letters 2' }).click();
    await page.locator('.letter').nth(1).waitFor();
    const letter = page.locator('.letter', { hasText: queued });

    expect(await page.locator('.letter').count()).toBe(2);
    expect(await letter.textContent()).toContain(CAUSE);
    expect(await letter.textContent()).toContain('5 failed attempts');
    await letter.getByRole('link', { name: queued }).click();

    await page.locator('#order-status', { hasText: 'pending' }).waitFor();
    const attempts = page.locator('#life li', { hasText: 'attempt failed' });
    expect(await attempts.filter({ hasText: CAUSE }).count()).toBe(5);
    await page.locator('#life li', { hasText: 'is dead' }).waitFor();
    await page.goBack();
  });

  it('is found by its cause, which the address holds', async () => {
    const { page } = shown;
    const cause = page.getByRole('list', { name: 'Causes' }).getByRole('button', { name: CAUSE });
    expect(await cause.textContent()).toContain('2');
    await cause.click();

    expect(new URL(page.url()).searchParams.get('cause')).toContain(CAUSE);
    await page.reload();
    await page.locator('button[aria-pressed=true]', { hasText: CAUSE }).waitFor();
    expect(await page.locator('.letter', { hasText: queued }).count()).toBe(1);
  });

  it('is sent back by its cause, once the page has shown what that would do', async () => {
    const { page } = shown;
    const sendBack = page.getByRole('button', { name: 'Send back…' });
    await sendBack.click();
    await page.getByText('Of 2 messages, 2 orders would be published again').waitFor();
    await page.getByRole('button', { name: 'Leave them' }).click();
    expect(await page.locator('.letter').count()).toBe(2);

    await sendBack.click();
    await page.getByRole('button', { name: 'Send back 2' }).click();
    await page.locator('#dead-result', { hasText: '2 orders were published again' }).waitFor();
    // The provider still fails them.
    await page
      .locator('.letter', { hasText: '10 failed attempts' })
      .waitFor({ timeout: GIVEN_UP_WITHIN_MS });
    await page.locator('.letter').nth(1).waitFor({ timeout: GIVEN_UP_WITHIN_MS });
  });

  it('is discarded for a reason: its order is cancelled', async () => {
    const { page } = shown;
    await page.getByRole('button', { name: 'Discard…' }).click();
    await page.getByText('Of 2 messages, 2 orders would be cancelled').waitFor();
    await page.getByLabel('Why').fill('nobody can pay for it');
    await page.getByRole('button', { name: 'Discard 2' }).click();
    await page.locator('#dead-result', { hasText: '2 orders were cancelled' }).waitFor();
    await page.getByText('No dead letters.').waitFor({ timeout: GIVEN_UP_WITHIN_MS });

    const order = await fetch(`${service.ready.api}/orders/${queued}`);
    expect(await order.json()).toMatchObject({ status: 'cancelled', cancel_reason: 'requested' });
    await shown.goTo('dead-letters');
  });

  it('appears on a page that is already open, and one that is declined does not', async () => {
    await placeOrder('queued', 'fault-decline');
    await placeOrder('direct', 'fault-before');

    await shown.page.locator('.letter').waitFor({ timeout: GIVEN_UP_WITHIN_MS });
    await shown.goTo('overview');

    await shown.until('not-completed-queued', (count) => count === 2, GIVEN_UP_WITHIN_MS);
    expect(await shown.count('flash-sale-local-orders-dead-letters')).toBe(0);
    expect(shown.errors).toEqual([]);
  });

  it('would be one in an outage, of which the overview tells for as long as the breaker is open', async () => {
    const stage = runningStage();
    const notice = shown.page.locator('#breaker', { hasText: 'no charge is tried' });

    await setBreaker(stage, 'open');
    await notice.waitFor();
    await setBreaker(stage);
    await notice.waitFor({ state: 'detached' });
    stage.close();
  });
});
