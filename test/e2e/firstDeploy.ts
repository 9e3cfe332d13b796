import assert from 'node:assert/strict';
import { DescribeTableCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { findStage, type Stage } from '../../ops/stage.ts';
import { Buyer, order, type PlacedOrder } from '../journeys/client.ts';
import type { Checks } from './checks.ts';
import { Deployment } from './deployment.ts';
import { type MiniStack, targetOf } from './ministack.ts';

const STAGE = 'prod';
const PARAMETERS = {
  ORDER_ID_SALT: 'a salt of the first deployment',
  ALARM_TOPIC_ARN: 'none',
  PAYMENT_SECONDS: '0.1',
};

/** `docs/deploy.md`, step by step, as far as MiniStack goes. */
export async function checkFirstDeploy(
  checks: Checks,
  { environment, endpoint }: MiniStack,
): Promise<void> {
  const first = new Deployment(STAGE, {
    ...environment,
    ...PARAMETERS,
    DELETION_PROTECTION: 'off',
  });
  const next = new Deployment(STAGE, { ...environment, ...PARAMETERS });
  try {
    await checks.run('prod, first deployment: refused while it protects its tables', () =>
      assert.rejects(next.preflight(), /error protected-before-it-is-there: OrdersTable/),
    );
    if (!(await checks.run('prod, first deployment', async () => void (await first.deploy()))))
      return;
    const stage = await findStage({ stage: STAGE });
    const orderId = await buyOne(stage, endpoint);
    await checks.run('prod, second deployment: the tables are protected', async () => {
      assert.equal(await isProtected(stage), false);
      await next.deploy();
      assert.equal(await isProtected(stage), true);
    });
    await checks.run('prod, sls rollback: back at the first deployment', async () => {
      await next.rollback();
      assert.equal(await isProtected(stage), false);
    });
    await checks.run('prod, sls remove: the orders are kept', async () => {
      await next.remove();
      assert.equal(await statusOf(stage, orderId), 'completed');
    });
    stage.close();
  } finally {
    first.close();
    next.close();
  }
}

async function buyOne(stage: Stage, endpoint: string): Promise<string> {
  const buyer = new Buyer(targetOf(stage, endpoint));
  const { status, body } = await buyer.post('/orders/sync', order());
  assert.equal(status, 200);
  return (body as PlacedOrder).order_id;
}

async function isProtected({ clients, outputs }: Stage): Promise<boolean> {
  const TableName = outputs.OrdersTableName;
  const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName }));
  return Table?.DeletionProtectionEnabled ?? false;
}

async function statusOf({ clients, outputs }: Stage, orderId: string): Promise<string | undefined> {
  const { Item } = await clients.dynamodb.send(
    new GetItemCommand({ TableName: outputs.OrdersTableName, Key: { order_id: { S: orderId } } }),
  );
  return Item?.status?.S;
}
