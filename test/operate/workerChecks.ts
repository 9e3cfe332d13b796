import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RuntimeStats, runtimeStatsSchema } from '../../contracts/runtimeStats.ts';
import type { Stage } from '../../ops/stage.ts';
import { postOrder } from '../bench/saturation.ts';
import type { Checks } from '../e2e/checks.ts';
import { readStatuses } from '../support/statuses.ts';

const ORDERS = 300;
/** One worker pays ten orders in three seconds; a third more for the window of a batch. */
const ONE_WORKER_WITHIN_MS = 130_000;
const SHOWS_WITHIN_MS = 5_000;
const DRAINED_WITHIN_MS = 30_000;

/** A crowd before one worker, and what happens when the operator sends nineteen more. */
export async function checkWorkers(
  checks: Checks,
  stage: Stage,
  setWorkers: (count: number) => Promise<void>,
): Promise<void> {
  await checks.run(`${ORDERS} orders and one worker: each is received once and paid`, async () => {
    const before = await mappingOf(stage);
    const orderIds = await placeOrders(stage);
    await untilCompleted(stage, orderIds, ONE_WORKER_WITHIN_MS);
    const after = await untilDeleted(stage, before.deleted + ORDERS);
    assert.equal(after.polled - before.polled, ORDERS, 'receives');
    assert.equal(after.failed - before.failed, 0, 'failed records');
    assert.deepEqual(await deadLetters(stage), []);
  });
  await checks.run(`${ORDERS} orders and nineteen more workers: at work within 5 s`, async () => {
    const orderIds = await placeOrders(stage);
    assert.ok((await mappingOf(stage)).running <= 2, 'one worker is two environments');
    await setWorkers(20);
    const end = Date.now() + SHOWS_WITHIN_MS;
    let { running } = await mappingOf(stage);
    while (running < 10 && Date.now() < end) {
      await sleep(50);
      running = (await mappingOf(stage)).running;
    }
    assert.ok(running >= 10, `${running} batches are paid at a time`);
    await untilCompleted(stage, orderIds, DRAINED_WITHIN_MS);
  });
}

async function placeOrders({ outputs }: Stage): Promise<string[]> {
  const orderIds: string[] = [];
  for (let placed = 0; placed < ORDERS; placed += 10) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => postOrder(`${outputs.HttpApiUrl}/orders/async`)),
    );
    for (const answer of answers) {
      assert.equal(answer.status, 202);
      orderIds.push(((await answer.json()) as { order_id: string }).order_id);
    }
  }
  return orderIds;
}

async function untilCompleted(stage: Stage, orderIds: string[], withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; ; await sleep(500)) {
    const statuses = await readStatuses(stage);
    const open = orderIds.filter((orderId) => statuses.get(orderId) !== 'completed');
    if (open.length === 0) return;
    assert.ok(Date.now() < end, `${open.length} are not completed after ${withinMs / 1000} s`);
  }
}

/** A message is deleted a moment after its order was stored as completed. */
async function untilDeleted(stage: Stage, count: number) {
  for (const end = Date.now() + SHOWS_WITHIN_MS; ; await sleep(50)) {
    const mapping = await mappingOf(stage);
    if (mapping.deleted >= count || Date.now() > end) return mapping;
  }
}

async function mappingOf(stage: Stage): Promise<RuntimeStats['mappings'][number]> {
  const { mappings } = runtimeStatsSchema.parse(await askConsole(stage, '/api/stats'));
  const [mapping] = mappings;
  assert.ok(mapping, 'there is an event source mapping');
  return mapping;
}

const deadLetters = async (stage: Stage): Promise<unknown[]> =>
  ((await askConsole(stage, '/api/dead-letters')) as { letters: unknown[] }).letters;

async function askConsole({ runtime }: Stage, path: string): Promise<unknown> {
  return (await fetch(`${runtime?.console}${path}`)).json();
}
