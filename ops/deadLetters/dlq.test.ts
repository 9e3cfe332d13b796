import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { toItem } from '../../lib/adapters/dynamoItem.ts';
import type { Order } from '../../lib/domain/order.ts';
import { orderMessage } from '../../lib/domain/orderMessage.ts';
import { anAsyncOrder } from '../../lib/testing/world.ts';
import type { CommandContext } from '../commandLine.ts';
import { type PlantedStage, startPlantedStage } from '../testing/plantedStage.ts';
import { runCommand } from '../testing/runCommand.ts';
import { changeLetters } from './changeLetters.ts';
import { poll } from './deadLetterQueue.ts';
import { dlqCommand } from './dlqCommand.ts';
import { readLetters } from './readLetters.ts';

const DEAD = 'flash-sale-local-orders-dead-letters';
const DIRECT = 'flash-sale-local-direct-dead-letters';
const FIRST = 'OrderError: the charge is absent <- Error: the provider failed';
const SECOND = 'OrderError: the charge is in_progress';

let planted: PlantedStage;
let folder: string;
beforeAll(async () => {
  planted = await startPlantedStage();
  folder = mkdtempSync(path.join(tmpdir(), 'dlq-'));
  const ready = { ...planted.stage.runtime, outputs: planted.stage.outputs };
  writeFileSync(path.join(folder, 'ready.json'), JSON.stringify(ready));
});
afterAll(async () => {
  await planted.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  poll.seconds = 0;
  return planted.clear();
});

const dlq = (words: string, options: CommandContext['options'] = {}) =>
  runCommand(
    dlqCommand,
    { 'ready-file': path.join(folder, 'ready.json'), ...options },
    words.split(' '),
  );
const documentOf = async (words: string, options: CommandContext['options'] = {}) =>
  JSON.parse((await dlq(words, { json: true, ...options })).printed);

/** An order that was given up, with what its attempts left. */
async function giveUp(causes: string[], changes: Partial<Order> = {}): Promise<string> {
  const [last_error, ...earlier_errors] = causes.map((cause, index) => ({
    at: `at ${index}`,
    cause,
  }));
  const order = {
    ...anAsyncOrder(),
    ...{ attempts: causes.length, earlier_errors },
    ...(last_error && { last_error }),
    ...changes,
  };
  await planted.putOrder(toItem(order));
  planted.messaging.sendMessage(
    DEAD,
    JSON.stringify(orderMessage({ ...order, way: 'queued' }, 'then')),
  );
  return order.order_id;
}

const left = (queue: string) => {
  const { ready = [], inflight = [] } = planted.messaging.inspectQueue(queue)?.messages ?? {};
  return { ready: ready.length, held: inflight.length };
};
const published = () =>
  (planted.messaging.inspectQueue('flash-sale-local-orders')?.messages.ready ?? [])
    .map(({ body }) => JSON.parse(body).order_id)
    .sort();

describe('sls dlq list', () => {
  it('groups by cause, whichever order and moment it names, and adds up what is held', async () => {
    for (const id of [1, 2, 3]) await giveUp([`${FIRST} of ord_${String(id).repeat(32)}`]);
    await giveUp([SECOND], { status: 'completed' });
    planted.messaging.sendMessage(DIRECT, 'poison');

    const { messages, orders, cents, causes } = await documentOf('list');

    expect({ messages, orders, cents }).toEqual({ messages: 5, orders: 3, cents: 3 * 5997 });
    expect(causes).toMatchObject([
      { messages: 3, orders: 3, cents: 3 * 5997, queues: { [DEAD]: 3 } },
      { messages: 1, orders: 0, cause: SECOND },
      { messages: 1, orders: 0, cause: 'not an order message', queues: { [DIRECT]: 1 } },
    ]);
    expect(left(DEAD)).toEqual({ ready: 4, held: 0 });
  });

  it('reads all of a deep queue, each message once', async () => {
    for (let count = 0; count < 130; count += 1)
      planted.messaging.sendMessage(DEAD, `odd ${count}`);
    expect((await documentOf('list')).messages).toBe(130);
    expect(left(DEAD)).toEqual({ ready: 130, held: 0 });
  });

  it('says so where there is nothing', async () => {
    expect(await dlq('list')).toMatchObject({
      exitCode: 0,
      printed: 'Stage local has no such dead letters.',
    });
  });
});

describe('sls dlq show', () => {
  it('has the cause of each attempt, the newest first', async () => {
    const id = await giveUp(['the third', 'the second', 'the first']);
    const { printed } = await dlq(`show ${id}`);
    expect(printed).toContain('pending, 3 failed attempts, queued way, 59.97');
    expect([...printed.matchAll(/failed {3}at \d {2}(.*)/g)].map(([, cause]) => cause)).toEqual([
      'the third',
      'the second',
      'the first',
    ]);
  });

  it('fails for an id that nothing has', async () => {
    await giveUp([FIRST]);
    expect(await dlq('show ord_1')).toMatchObject({
      exitCode: 1,
      told: expect.stringContaining('No dead letter has id "ord_1"'),
    });
  });
});

describe('sls dlq redrive', () => {
  it('publishes what is open, deletes what has ended and keeps what is no order', async () => {
    const open = [await giveUp([FIRST]), await giveUp([SECOND])];
    await giveUp([FIRST], { status: 'completed' });
    planted.messaging.sendMessage(DEAD, JSON.stringify({ order_id: `ord_${'0'.repeat(32)}` }));
    planted.messaging.sendMessage(DIRECT, 'poison');

    const { exitCode, printed } = await dlq('redrive', { yes: true, json: true });

    expect(exitCode).toBe(1);
    expect(JSON.parse(printed)).toEqual({
      ...{ action: 'redrive', applied: true, messages: 5, cents: 2 * 5997, done: 2, ended: 1 },
      kept: { 'no order has its id': 1, 'not an order message': 1 },
    });
    expect(published()).toEqual(open.sort());
    expect([left(DEAD), left(DIRECT)]).toEqual([
      { ready: 1, held: 0 },
      { ready: 1, held: 0 },
    ]);
  });

  it('takes only what the filter means', async () => {
    await giveUp([FIRST]);
    const second = await giveUp([SECOND]);
    const [{ id }] = (await documentOf('list', { cause: 'in_progress' })).causes;

    expect(await documentOf('redrive', { cause: id, yes: true })).toMatchObject({ done: 1 });
    expect(published()).toEqual([second]);
    expect(left(DEAD)).toEqual({ ready: 1, held: 0 });
  });

  it.each([
    { cause: 'no such cause' },
    { order: 'ord_1' },
    { 'older-than': '1h' },
    { 'newer-than': '0s' },
  ])('does nothing where nothing is meant by %j', async (filter) => {
    await giveUp([FIRST]);
    expect(await dlq('redrive', { ...filter, yes: true })).toMatchObject({
      exitCode: 1,
      told: expect.stringContaining('nothing was done'),
    });
    expect([published(), left(DEAD)]).toEqual([[], { ready: 1, held: 0 }]);
  });

  it('shows what it would do, and does nothing, on a dry run', async () => {
    await giveUp([FIRST]);
    const { exitCode, printed } = await dlq('redrive', { 'dry-run': true });
    expect(exitCode).toBe(0);
    expect(printed).toBe('1 message chosen, holding 59.97\n  1 order would be published again');
    expect([published(), left(DEAD), await documentOf('log')]).toEqual([
      [],
      { ready: 1, held: 0 },
      [],
    ]);
  });

  it('asks, and does nothing where nobody can be asked', async () => {
    await giveUp([FIRST]);
    expect(await dlq('redrive')).toMatchObject({
      exitCode: 2,
      told: expect.stringContaining('pass --yes'),
    });
    expect([published(), left(DEAD)]).toEqual([[], { ready: 1, held: 0 }]);
  });

  it('keeps to its rate', async () => {
    for (let count = 0; count < 6; count += 1) await giveUp([FIRST]);
    const startedAt = performance.now();
    const { printed } = await dlq('redrive', { yes: true, rate: '5' });
    expect(printed).toContain('6 orders were published again');
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
    expect(published()).toHaveLength(6);
  });

  it('waits for what a run that was killed has received', async () => {
    const id = await giveUp([FIRST]);
    const QueueUrl = planted.stage.outputs.OrderDeadLetterQueueUrl;
    await planted.stage.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 3 }),
    );
    expect((await dlq('list')).told).toContain('1 more are held by somebody');
    poll.seconds = 1;
    expect(await documentOf('redrive', { yes: true })).toMatchObject({ done: 1 });
    expect(published()).toEqual([id]);
  });

  it('waits for what an answer that got lost has received', async () => {
    poll.holdSeconds = 2;
    const id = await giveUp([FIRST]);
    const { letters } = await readLetters(planted.stage);
    const QueueUrl = planted.stage.outputs.OrderDeadLetterQueueUrl;
    // Received after the last letter that was found, so that it comes back after this one would.
    const lost = new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: poll.holdSeconds + 1 });
    await planted.stage.clients.sqs.send(lost);
    poll.seconds = 1;

    expect(await changeLetters(planted.stage, 'redrive', letters)).toMatchObject({ done: 1 });
    expect(published()).toEqual([id]);
    poll.holdSeconds = 60;
  });

  it('is written down: who, what, when, and what came of it', async () => {
    const id = await giveUp([FIRST]);
    await dlq('redrive', { yes: true, order: id });
    expect(await documentOf('log')).toMatchObject([
      {
        who: expect.stringMatching(/@.* \(sls dlq\)$/),
        ...{ action: 'redrive', filter: { order: id }, messages: 1, orders: [id] },
        ended_at: expect.any(String),
        result: { done: 1, kept: {} },
      },
    ]);
    expect((await dlq('log')).printed).toContain(
      `redrive --order "${id}"  1 message: 1 published again`,
    );
  });
});

describe('sls dlq', () => {
  it.each([
    ['sweep', {}, 'must be followed by list, show ID'],
    ['show', {}, 'must be followed by list, show ID'],
    ['list all', {}, 'must be followed by list, show ID'],
    ['redrive', { rate: '0' }, '--rate: must be a whole number from 1 to 1000, got "0"'],
    ['redrive', { 'older-than': 'soon' }, '--older-than: must be an age such as 90s, 15m'],
    ['discard', {}, '--reason: must say why'],
    ['discard', { reason: '  ' }, '--reason: must say why'],
  ])('refuses %s %j', async (words, options, told) => {
    expect(await dlq(words, options)).toMatchObject({
      exitCode: 2,
      told: expect.stringContaining(told),
    });
  });

  it('exports everything known of each letter, a document a line', async () => {
    const ids = [await giveUp([FIRST]), await giveUp([SECOND])];
    const lines = (await dlq('export')).printed.split('\n').map((line) => JSON.parse(line));
    expect(lines.map(({ orderId }) => orderId).sort()).toEqual(ids.sort());
    expect(lines[0]).toMatchObject({ order: { status: 'pending' }, queue: DEAD });
  });
});
