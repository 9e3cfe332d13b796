import assert from 'node:assert/strict';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { fromItem } from '../../lib/adapters/dynamoItem.ts';
import { readCharge } from '../../lib/domain/storedRow.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { type Checks, tell } from '../e2e/checks.ts';
import { acceptedIds, buy, buyAtRate, type Order, statusesOf } from './buyers.ts';

const SALE = { perSecond: 60, seconds: 60 };
/** Of the rate: a machine that is too busy for that has shown another sale. */
const LEAST_SHARE = 0.9;
const DEADLINE_SECONDS = 30;
/** The worker and the sweeper, which comes once a minute, cancel what is left. */
const ENDED_WITHIN_SECONDS = 240;

/** One worker, who pays three of sixty orders a second, and half a minute for each of them. */
export async function checkDeadline(checks: Checks): Promise<void> {
  const service = new LocalService({
    environment: { WORKER_COUNT: '1', ORDER_DEADLINE_SECONDS: String(DEADLINE_SECONDS) },
  });
  try {
    const stage = localStage(await service.start());
    let placedPerSecond = 0;
    await checks.run('what is not paid in time is cancelled and never charged', async () => {
      const answers = await buyAtRate(SALE.perSecond, SALE.seconds, () =>
        buy(stage.outputs.HttpApiUrl),
      );
      placedPerSecond = answers.length / SALE.seconds;
      const accepted = acceptedIds(answers);
      const books = await reconcile(stage, { accepted, waitSeconds: ENDED_WITHIN_SECONDS });
      const { completed, cancelled, pending } = books.orders;
      tell(`    answers: ${JSON.stringify(statusesOf(answers))}`);
      tell(`    ${accepted.length} accepted, ${completed} completed, ${cancelled} cancelled`);
      assert.deepEqual(
        { violations: books.violations, pending, ended: completed + cancelled },
        { violations: [], pending: 0, ended: accepted.length },
      );
      assert.ok(completed > 0 && cancelled > 0);
      await checkCharges(
        stage,
        answers.flatMap(({ order }) => order ?? []),
        completed,
      );
    });
    await checks.run(`${SALE.perSecond} orders/s were placed before one worker`, async () => {
      tell(`    ${placedPerSecond.toFixed(1)} orders/s`);
      assert.ok(placedPerSecond >= LEAST_SHARE * SALE.perSecond, 'this machine was too busy');
    });
    stage.close();
  } finally {
    await service.remove();
  }
}

async function checkCharges(stage: Stage, orders: Order[], completed: number): Promise<void> {
  const acceptedMs = new Map(
    orders.map(({ order_id, created_at }) => [order_id, Date.parse(created_at)]),
  );
  const lateBy: number[] = [];
  const table = { TableName: stage.outputs.ChargesTableName, ConsistentRead: true };
  for await (const { Items = [] } of paginateScan({ client: stage.clients.dynamodb }, table))
    for (const { order_id, outcome, begun_at } of Items.map(fromItem).map(readCharge))
      if (outcome === 'charged')
        lateBy.push(
          Date.parse(begun_at) - (acceptedMs.get(order_id) ?? 0) - DEADLINE_SECONDS * 1000,
        );
  tell(
    `    the last charge was begun ${(-Math.max(...lateBy) / 1000).toFixed(1)} s before the deadline`,
  );
  assert.equal(lateBy.length, completed);
  assert.ok(Math.max(...lateBy) <= 0);
}
