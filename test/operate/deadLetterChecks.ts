import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { queueDepth } from '../../ops/reconciliation/messageReader.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { functionName, localStage, type Stage } from '../../ops/stage.ts';
import type { Checks } from '../e2e/checks.ts';
import { type Ended, endGroup, runNode, startGroup } from '../e2e/child.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const HEALTHY = 800;
/** Of each cause. */
const FAILING = 100;
const ALL = HEALTHY + 2 * FAILING;
const AT_ONCE = 20;
/** Of the first two in each ten orders. */
const ITEMS = ['fault-before', 'fault-after'];
const GIVEN_UP_WITHIN_MS = 180_000;
/** Lambda tries an event again after a minute, and after two more. */
const SETTLED_WITHIN_SECONDS = 240;
/** A redrive may wait a minute for what a killed one held, and another for an answer that got lost. */
const COMMAND_LIMIT_MS = 240_000;

/**
 * 200 of 1,000 orders are given up for two causes: their provider refuses on the queued way, and does not answer on the
 * direct one. Once it does better, a redrive that is killed with -9 and run again brings all of them to their end.
 */
export async function checkDeadLetters(checks: Checks): Promise<void> {
  const workspace = createWorkspace();
  const data = mkdtempSync(path.join(tmpdir(), 'dead-letters-'));
  let service = serviceOf(workspace, data, { PAYMENT_FAULTS: '{"by_item":true}' });
  try {
    let stage = localStage(await service.start());
    await giveUpSoon(stage);
    let accepted: string[] = [];
    await checks.run(`${2 * FAILING} of ${ALL} orders are given up, and no other`, async () => {
      accepted = await placeOrders(stage);
      await untilDeadLettered(stage, 2 * FAILING);
      const { causes, orders } = JSON.parse((await dlq(workspace, 'list', '--json')).stdout);
      assert.deepEqual(
        causes.map(({ messages }: { messages: number }) => messages),
        [FAILING, FAILING],
      );
      assert.equal(orders, 2 * FAILING);
      const { orders: states } = await reconcile(stage, { accepted });
      assert.deepEqual(states.completed, HEALTHY);
    });
    stage.close();
    await service.remove();
    service = serviceOf(workspace, data, {});
    stage = localStage(await service.start());
    await checks.run('a redrive killed with -9 and run again: all are paid once', async () => {
      await killedRedrive(workspace, stage);
      await dlq(workspace, 'redrive', '--yes', '--rate', '200');
      const books = await reconcile(stage, { accepted, waitSeconds: SETTLED_WITHIN_SECONDS });
      const { completed, pending } = books.orders;
      assert.deepEqual(
        { completed, pending, charges: books.charges.count, violations: books.violations },
        { completed: ALL, pending: 0, charges: ALL, violations: [] },
        JSON.stringify(books),
      );
      assert.equal(books.messages.deadLettered, 0);
      const log = JSON.parse((await dlq(workspace, 'log', '--json')).stdout);
      assert.deepEqual(
        log.map(({ ended_at }: { ended_at?: string }) => ended_at !== undefined),
        [true, false],
      );
    });
    stage.close();
  } finally {
    await service.remove();
    workspace.remove();
    rmSync(data, { recursive: true, force: true });
  }
}

const serviceOf = (workspace: Workspace, data: string, environment: Record<string, string>) =>
  new LocalService({
    folder: workspace.folder,
    environment: { TMPDIR: workspace.temporary, PAYMENT_SECONDS: '1', ...environment },
    flags: ['--data', data],
    readyFile: path.join(workspace.folder, '.local/ready.json'),
  });

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

async function countDeadLetters({ clients, outputs }: Stage): Promise<number> {
  const urls = [outputs.OrderDeadLetterQueueUrl, outputs.DirectDeadLetterQueueUrl];
  const depths = await Promise.all(urls.map((url) => queueDepth(clients.sqs, url)));
  return depths.reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0);
}

/** Slow enough to be met in the middle. */
async function killedRedrive(workspace: Workspace, stage: Stage): Promise<void> {
  const args = [
    programOf(workspace),
    'dlq',
    'redrive',
    '--yes',
    '--rate',
    '10',
    '--stage',
    'local',
  ];
  const child = startGroup(process.execPath, args, workspace.folder, {
    TMPDIR: workspace.temporary,
  });
  const gone = once(child, 'exit');
  while ((await countDeadLetters(stage)) > 2 * FAILING - 30) {
    assert.equal(child.exitCode, null, 'the redrive ended by itself');
    await sleep(100);
  }
  endGroup(child);
  await gone;
  assert.ok((await countDeadLetters(stage)) > 0, 'it was killed in the middle');
}

const programOf = ({ folder }: Workspace) =>
  path.join(folder, 'node_modules/serverless/bin/serverless.js');

async function dlq(workspace: Workspace, ...words: string[]): Promise<Ended> {
  const ended = await runNode({
    args: [programOf(workspace), 'dlq', ...words, '--stage', 'local'],
    folder: workspace.folder,
    environment: { TMPDIR: workspace.temporary },
    limitMs: COMMAND_LIMIT_MS,
  });
  assert.equal(ended.status, 0, ended.output);
  return ended;
}
