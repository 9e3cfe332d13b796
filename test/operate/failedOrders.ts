import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { LocalService } from '../../ops/localServiceProcess.ts';
import { queueDepth } from '../../ops/reconciliation/messageReader.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { functionName, type Stage } from '../../ops/stage.ts';

const HEALTHY = 800;
/** Of each cause. */
export const FAILING = 100;
export const GIVEN_UP = 2 * FAILING;
const ALL = HEALTHY + GIVEN_UP;
const AT_ONCE = 20;
/** Of the first two in each ten orders. */
const ITEMS = ['fault-before', 'fault-after'];
export const WITH_FAULTS = { PAYMENT_FAULTS: '{"by_item":true}' };
const GIVEN_UP_WITHIN_MS = 180_000;
/** Lambda tries an event again after a minute, and after two more. */
const SETTLED_WITHIN_SECONDS = 240;

/**
 * Sells 1,000 orders on a service with faults by item, of which 200 are given up for two causes: on the queued way the provider
 * refuses them, and on the direct one it does not answer. All others are paid, and nobody takes the provider for down.
 */
export async function sellWithFailures(service: LocalService, stage: Stage): Promise<string[]> {
  await giveUpSoon(stage);
  const accepted = await placeOrders(stage);
  await untilDeadLettered(stage, GIVEN_UP);
  const { orders } = await reconcile(stage, { accepted });
  assert.deepEqual(
    { completed: orders.completed, pending: orders.pending },
    { completed: HEALTHY, pending: GIVEN_UP },
  );
  const log = readFileSync(service.logFile, 'utf8');
  assert.match(log, /the charge gave no answer/);
  assert.doesNotMatch(log, /breaker opened/);
  return accepted;
}

/** Every order is paid, once, and nothing is given up any more. */
export async function assertAllPaid(stage: Stage, accepted: string[]): Promise<void> {
  const books = await reconcile(stage, { accepted, waitSeconds: SETTLED_WITHIN_SECONDS });
  const { completed, pending } = books.orders;
  assert.deepEqual(
    { completed, pending, charges: books.charges.count, violations: books.violations },
    { completed: ALL, pending: 0, charges: ALL, violations: [] },
    JSON.stringify(books),
  );
  assert.equal(books.messages.deadLettered, 0);
}

/** Whoever gives up is still the queue, and Lambda. */
async function giveUpSoon(stage: Stage): Promise<void> {
  await stage.clients.sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: stage.outputs.OrderQueueUrl,
      Attributes: { VisibilityTimeout: '3' },
    }),
  );
  await stage.clients.lambda.send(
    new UpdateFunctionEventInvokeConfigCommand({
      FunctionName: functionName(stage, 'topicProcessor'),
      MaximumRetryAttempts: 0,
    }),
  );
}

/** Those that fail among the others, as they come. */
async function placeOrders({ outputs }: Stage): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < ALL; from += AT_ONCE) {
    const places = Array.from(
      { length: AT_ONCE },
      (_, offset) => (from + offset) % (ALL / FAILING),
    );
    const placed = places.map((place) => {
      const way = place % 2 === 0 ? 'queued' : 'direct';
      return placeOrder(`${outputs.HttpApiUrl}/orders/async?way=${way}`, ITEMS[place] ?? 'item-1');
    });
    ids.push(...(await Promise.all(placed)));
  }
  return ids;
}

async function placeOrder(url: string, item_id: string): Promise<string> {
  const item = { item_id, name: 'Product Name', price: 9.99, quantity: 1 };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer_id: 1, items: [item] }),
  });
  assert.equal(response.status, 202);
  return ((await response.json()) as { order_id: string }).order_id;
}

async function untilDeadLettered(stage: Stage, count: number): Promise<void> {
  for (const end = Date.now() + GIVEN_UP_WITHIN_MS; ; await sleep(500)) {
    const found = await countDeadLetters(stage);
    if (found === count) return;
    assert.ok(Date.now() < end, `${found} of ${count} are given up`);
  }
}

export async function countDeadLetters({ clients, outputs }: Stage): Promise<number> {
  const urls = [outputs.OrderDeadLetterQueueUrl, outputs.DirectDeadLetterQueueUrl];
  const depths = await Promise.all(urls.map((url) => queueDepth(clients.sqs, url)));
  return depths.reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0);
}
