import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { logsSchema } from '../../contracts/consoleApi.ts';
import { fromItem } from '../../lib/adapters/dynamoItem.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { readRows } from '../../ops/reconciliation/tableReader.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { postOrder } from '../bench/saturation.ts';
import { type Checks, tell } from '../e2e/checks.ts';
import { type Answer, acceptedIds, buy, buyAtRate, statusesOf } from './buyers.ts';

type Way = 'queued' | 'direct';
interface Sale {
  ways: Way[];
  /** On each way. */
  perSecond: number;
  /** Before, in and after the outage. */
  beforeSeconds: number;
  downSeconds: number;
  afterSeconds: number;
  paymentSeconds: number;
}

const SHORT: Omit<Sale, 'ways'> = {
  ...{ perSecond: 10, beforeSeconds: 10, downSeconds: 60, afterSeconds: 10, paymentSeconds: 1 },
};
const FULL: typeof SHORT = {
  ...{ perSecond: 60, beforeSeconds: 60, downSeconds: 180, afterSeconds: 60, paymentSeconds: 3 },
};
const WORKERS = 20;
/** The service is told of the outage when it starts. */
const STARTED_WITHIN_MS = 40_000;
/** The sweeper comes once a minute, and then publishes what waits. */
const ENDED_WITHIN_SECONDS = 420;
const MOST_CALLS = 60;
const DRAIN_SHARE = 0.93;
const LOOK_EVERY_MS = 5_000;

/** A provider that is down for a while, and a queue that gives a message up after half a minute. */
export async function checkOutage(checks: Checks, isFull: boolean): Promise<void> {
  if (!isFull) return checkSale(checks, { ...SHORT, ways: ['queued', 'direct'] });
  await checkSale(checks, { ...FULL, ways: ['queued'] });
}

/** The same sale on the direct way. */
export const checkDirectOutage = (checks: Checks): Promise<void> =>
  checkSale(checks, { ...FULL, ways: ['direct'] });

async function checkSale(checks: Checks, sale: Sale): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'outage-'));
  const fromMs = Date.now() + STARTED_WITHIN_MS + sale.beforeSeconds * 1000;
  const toMs = fromMs + sale.downSeconds * 1000;
  const down = { from: new Date(fromMs), to: new Date(toMs) };
  const service = new LocalService({
    environment: {
      PAYMENT_FAULTS: JSON.stringify({ down }),
      PAYMENT_SECONDS: String(sale.paymentSeconds),
      WORKER_COUNT: String(WORKERS),
    },
    readyFile: path.join(folder, 'ready.json'),
  });
  const { ways, perSecond, downSeconds } = sale;
  const name = `${perSecond} orders/s, ${ways.join(' and ')}, and a provider that is down for ${downSeconds} s: no order is lost`;
  try {
    const stage = localStage(await service.start());
    await giveUpSoon(stage);
    await checks.run(name, async () => {
      await sleep(Math.max(0, fromMs - sale.beforeSeconds * 1000 - Date.now()));
      await sellThrough(stage, sale, { fromMs, toMs });
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

interface Outage {
  fromMs: number;
  toMs: number;
}

async function sellThrough(stage: Stage, sale: Sale, outage: Outage): Promise<void> {
  const seconds = sale.beforeSeconds + sale.downSeconds + sale.afterSeconds;
  const buyOn = (way: Way) =>
    buyAtRate(sale.perSecond, seconds, () => buy(stage.outputs.HttpApiUrl, way));
  const [calls, syncStatus, ...bought] = await Promise.all([
    providerCalls(stage, outage),
    syncStatusIn(stage, outage),
    ...sale.ways.map(buyOn),
  ]);
  const lastMs = Date.now();
  const answers = bought.flat();
  const accepted = acceptedIds(answers);
  assert.deepEqual(statusesOf(answers), { 202: accepted.length });
  const books = await reconcile(stage, { accepted, waitSeconds: ENDED_WITHIN_SECONDS });
  const rate = (accepted.length / seconds / sale.ways.length).toFixed(1);
  tell(
    `    ${accepted.length} accepted, ${rate}/s on each way, ${calls} calls of the provider in the outage`,
  );
  assert.deepEqual(books.violations, []);
  assert.equal(books.messages.deadLettered, 0);
  assert.deepEqual(
    [books.orders.completed, books.charges.count],
    [accepted.length, accepted.length],
  );
  assert.equal(syncStatus, 503);
  assert.ok(calls < MOST_CALLS, `the provider was called ${calls} times in the outage`);
  if (sale.perSecond === FULL.perSecond && sale.ways.includes('queued'))
    await checkDrain(stage, answers, lastMs, sale.paymentSeconds);
}

/** Once the breaker has seen the outage. */
async function syncStatusIn({ outputs }: Stage, { fromMs, toMs }: Outage): Promise<number> {
  await sleep((fromMs + toMs) / 2 - Date.now());
  return (await postOrder(`${outputs.HttpApiUrl}/orders/sync`)).status;
}

/**
 * A charge without an answer is looked up as well, and a probe looks up too. Read now and then, since the console keeps the
 * latest lines only.
 */
async function providerCalls({ runtime }: Stage, { fromMs, toMs }: Outage): Promise<number> {
  const calls = new Map<number, number>();
  const collect = async (text: string, callsEach: number) => {
    const query = new URLSearchParams({ text, limit: '1000' });
    const answer = await fetch(`${runtime?.console}/api/logs?${query}`);
    for (const { id, at } of logsSchema.parse(await answer.json()).lines)
      if (at >= fromMs && at < toMs) calls.set(id, callsEach);
  };
  for (; Date.now() < toMs + LOOK_EVERY_MS; await sleep(LOOK_EVERY_MS)) {
    await collect('the charge gave no answer', 2);
    await collect('breaker looked at', 1);
  }
  return [...calls.values()].reduce((sum, each) => sum + each, 0);
}

/** From the last order on, without the time in which the last batches come to an end. */
async function checkDrain(
  { clients, outputs }: Stage,
  answers: Answer[],
  lastMs: number,
  paymentSeconds: number,
): Promise<void> {
  const table = { TableName: outputs.OrdersTableName };
  const rows = await readRows(clients.dynamodb, table, 'order_id', acceptedIds(answers));
  const ended = rows.map((row) => Date.parse(String(fromItem(row).completed_at)));
  const fromMs = lastMs + 5_000;
  const toMs = Math.max(...ended) - 2 * paymentSeconds * 1000;
  const perSecond =
    (1000 * ended.filter((at) => at >= fromMs && at < toMs).length) / (toMs - fromMs);
  const limit = (WORKERS * 10) / paymentSeconds;
  tell(
    `    drained in ${((toMs - lastMs) / 1000).toFixed(0)} s: ${perSecond.toFixed(1)} orders/s, ${((100 * perSecond) / limit).toFixed(1)} % of ${limit.toFixed(1)}`,
  );
  assert.ok(perSecond >= DRAIN_SHARE * limit);
}
