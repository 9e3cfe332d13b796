import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { postOrder } from '../bench/saturation.ts';
import type { Checks } from '../e2e/checks.ts';

const OUTAGE_MS = 60_000;
/** How long before the outage the service is told of it, which it has to be when it starts. */
const STARTED_WITHIN_MS = 60_000;
const EVERY_MS = 100;
/** The sweeper comes once a minute, and then publishes what waits. */
const ENDED_WITHIN_SECONDS = 180;

/** A provider that is down for a minute, and a queue that gives a message up after half of it. */
export async function checkOutage(checks: Checks): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'outage-'));
  const fromMs = Date.now() + STARTED_WITHIN_MS;
  const down = { from: new Date(fromMs), to: new Date(fromMs + OUTAGE_MS) };
  const service = new LocalService({
    environment: { PAYMENT_FAULTS: JSON.stringify({ down }), PAYMENT_SECONDS: '1' },
    readyFile: path.join(folder, 'ready.json'),
  });
  try {
    const stage = localStage(await service.start());
    await giveUpSoon(stage);
    await checks.run('a provider that is down for a minute costs no order', async () => {
      await sleep(Math.max(0, fromMs - Date.now()) + 1000);
      const { accepted, syncStatuses } = await buyDuring(stage, fromMs + OUTAGE_MS);
      assert.ok(
        syncStatuses.every((status) => status === 503),
        String(syncStatuses),
      );
      const books = await reconcile(stage, { accepted, waitSeconds: ENDED_WITHIN_SECONDS });
      assert.deepEqual(books.violations, []);
      assert.equal(books.messages.deadLettered, 0);
      assert.deepEqual(
        [books.orders.completed, books.charges.count],
        [accepted.length, accepted.length],
      );
    });
    stage.close();
  } finally {
    await service.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Five receives are over in half a minute. */
async function giveUpSoon({ clients, outputs }: Stage): Promise<void> {
  await clients.sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: outputs.OrderQueueUrl,
      Attributes: { VisibilityTimeout: '6' },
    }),
  );
}

/** Ten orders a second on each way that takes them; now and then one of the sync way. */
async function buyDuring({ outputs }: Stage, untilMs: number) {
  const accepted: string[] = [];
  const syncStatuses: number[] = [];
  for (let turn = 0; Date.now() < untilMs; turn += 1) {
    const answers = await Promise.all(
      ['queued', 'direct'].map((way) => postOrder(`${outputs.HttpApiUrl}/orders/async?way=${way}`)),
    );
    for (const answer of answers) {
      assert.equal(answer.status, 202);
      accepted.push(((await answer.json()) as { order_id: string }).order_id);
    }
    // Once the breaker has seen the outage.
    if (turn % 100 === 50 && untilMs - Date.now() > 5_000)
      syncStatuses.push((await postOrder(`${outputs.HttpApiUrl}/orders/sync`)).status);
    await sleep(EVERY_MS);
  }
  return { accepted, syncStatuses };
}
