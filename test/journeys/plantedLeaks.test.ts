import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { RULES, type Violation } from '../../ops/reconciliation/bookRules.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { Buyer, order, type PlacedOrder } from './client.ts';
import { describeOwnService, START_WITHIN_MS } from './ownService.ts';
import { localTarget } from './target.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SLS = path.join(ROOT, 'node_modules/serverless/bin/serverless.js');
/** Longer than the lease, before whose end a pending order without a message may still be on its way. */
const WAIT_SECONDS = '16';
/** A payment, and the cold start of the environment that makes it. */
const POLL_TAKES_MS = 2_000;

describeOwnService('sls reconcile on a running service whose sweeper is off', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-leaks-'));
  const readyFile = path.join(folder, 'ready.json');
  const acceptedFile = path.join(folder, 'accepted.json');
  const service = new LocalService({
    readyFile,
    // It is killed in the end, and leaves what it has there.
    environment: { SWEEPER: 'off', PAYMENT_SECONDS: '0.1', TMPDIR: folder },
  });
  const accepted: string[] = [];
  let buyer: Buyer;
  let stage: Stage;
  beforeAll(async () => {
    const ready = await service.start();
    buyer = new Buyer(localTarget(ready));
    stage = localStage(ready);
  }, START_WITHIN_MS);
  afterAll(async () => {
    stage.close();
    await service.remove();
    rmSync(folder, { recursive: true });
  });

  async function place(route: string, count: number): Promise<string[]> {
    const answers = await Promise.all(
      Array.from({ length: count }, () => buyer.post(`/orders/${route}`, order())),
    );
    const ids = answers.map(({ body }) => (body as PlacedOrder).order_id);
    accepted.push(...ids);
    return ids;
  }

  function reconcile(): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    writeFileSync(acceptedFile, JSON.stringify(accepted));
    const args = [
      ...['reconcile', '--stage', 'local', '--json', '--wait', WAIT_SECONDS],
      ...['--ready-file', readyFile, '--accepted', acceptedFile],
    ];
    const env = { ...process.env, NODE_OPTIONS: '' };
    return new Promise((resolve) => {
      execFile(process.execPath, [SLS, ...args], { cwd: ROOT, env }, (error, stdout, stderr) =>
        resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  }

  it('finds clean books closed: exit 0, no violation', async () => {
    const ids = [
      ...(await place('sync', 4)),
      ...(await place('async?way=queued', 4)),
      ...(await place('async?way=direct', 4)),
    ];
    for (const id of ids) await buyer.follow(`/orders/${id}`);

    const { exitCode, stdout } = await reconcile();

    expect(JSON.parse(stdout)).toEqual({
      closed: true,
      settled: true,
      orders: { accepted: 12, completed: 12, declined: 0, cancelled: 0, pending: 0 },
      messages: { visible: 0, inFlight: 0, deadLettered: 0, async: 0 },
      charges: { count: 12, cents: 12 * 19_998 },
      violations: [],
    });
    expect(exitCode).toBe(0);
  });

  it('names every planted leak by its rule, and nothing else: exit 1', async () => {
    const [uncharged = '', twice = '', wrong = '', removed = ''] = accepted;
    await deleteRow('charges', uncharged);
    await putRow('charges', { charge_id: s('fresh'), order_id: s(twice), ...CHARGED });
    await chargeAnotherAmount(wrong);
    await deleteRow('orders', removed);
    const drained = await placeAndDrain(3);
    await plantOddRows();

    const { exitCode, stdout } = await reconcile();

    const { closed, violations, charges } = JSON.parse(stdout);
    const leaks = [
      [RULES.accepted, removed],
      ...[uncharged, twice, wrong, removed].map((id) => [RULES.charged, id]),
      ...drained.map((id) => [RULES.pending, id]),
      ...['odd-minimal', 'odd-status'].map((id) => [RULES.pending, id]),
      ...['odd-charge', 'odd-revision', 'odd-amount'].map((id) => [RULES.charged, id]),
    ];
    expect(violations.map(({ rule, orderId }: Violation) => [rule, orderId]).sort()).toEqual(
      leaks.sort(),
    );
    // A charge without an amount does not hide the sum of the others.
    expect(charges).toEqual({ count: expect.any(Number), cents: expect.any(Number) });
    expect({ closed, exitCode }).toEqual({ closed: false, exitCode: 1 });
  }, 60_000);

  it('cannot ask a service that is gone: exit 2, nothing on stdout', async () => {
    await service.kill();

    const { exitCode, stdout, stderr } = await reconcile();

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('is gone. Start it again with npm start');
  });

  const table = (book: 'orders' | 'charges') =>
    book === 'orders' ? stage.outputs.OrdersTableName : stage.outputs.ChargesTableName;

  const putRow = (book: 'orders' | 'charges', Item: Record<string, AttributeValue>) =>
    stage.clients.dynamodb.send(new PutItemCommand({ TableName: table(book), Item }));

  const deleteRow = (book: 'orders' | 'charges', orderId: string) =>
    stage.clients.dynamodb.send(
      new DeleteItemCommand({ TableName: table(book), Key: keyOf(book, orderId) }),
    );

  const chargeAnotherAmount = (orderId: string) =>
    stage.clients.dynamodb.send(
      new UpdateItemCommand({
        TableName: table('charges'),
        Key: keyOf('charges', orderId),
        UpdateExpression: 'SET amount_cents = :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );

  /** Orders whose messages are gone: nobody receives, and the queue is emptied. */
  async function placeAndDrain(count: number): Promise<string[]> {
    await disableWorkers();
    // A poll that was open then may take one more message, as on AWS.
    const [last = ''] = await place('async?way=queued', 1);
    await sleep(POLL_TAKES_MS);
    const { status } = (await buyer.get(`/orders/${last}`)).body as PlacedOrder;
    const ids = await place('async?way=queued', count);
    await stage.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: stage.outputs.OrderQueueUrl }));
    return status === 'pending' ? [last, ...ids] : ids;
  }

  async function disableWorkers(): Promise<void> {
    const { lambda } = stage.clients;
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand());
    for (const { UUID } of EventSourceMappings)
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  }

  /** As few attributes as the table takes, and values that no code of ours writes. */
  async function plantOddRows(): Promise<void> {
    const row = { total_cents: { N: '19998' }, revision: { N: '1' } };
    await putRow('orders', { order_id: s('odd-minimal') });
    await putRow('orders', { order_id: s('odd-status'), status: s('paid'), ...row });
    const immense = { status: s('completed'), ...row, revision: { N: '10000000000' } };
    await putRow('orders', { order_id: s('odd-revision'), ...immense });
    await putRow('orders', { order_id: s('odd-amount'), status: s('completed'), ...row });
    await putRow('charges', {
      charge_id: s('odd-amount#1'),
      ...{ amount_cents: s('19998'), outcome: s('charged') },
    });
    await putRow('charges', { charge_id: s('odd-charge'), order_id: s('') });
  }
});

const CHARGED = { amount_cents: { N: '19998' }, outcome: { S: 'charged' } };

const s = (text: string): AttributeValue => ({ S: text });

const keyOf = (book: 'orders' | 'charges', orderId: string): Record<string, AttributeValue> =>
  book === 'orders' ? { order_id: s(orderId) } : { charge_id: s(`${orderId}#1`) };
