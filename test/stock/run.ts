import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { percentile } from '../../common/statistics.ts';
import type { ItemStock } from '../../contracts/stock.ts';
import { addsUp, WRONG } from '../../lib/testing/stockHistories.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { listStock, setStock } from '../../ops/stock/stock.ts';
import { StockTable } from '../../ops/stock/stockTable.ts';
import { runProgram } from '../support/program.ts';
import { runClosedLoop } from './closedLoop.ts';
import { type Answer, type Buyer, buyAtOnce, isRefusal } from './crowd.ts';

const HELP = `Proves that a crowd cannot buy more than there is.

  npm run test:stock                   everything: many minutes
  npm run test:stock -- --short        500 histories, 5,000 units, 500 buyers, 100 requests of one customer
  npm run test:stock -- --only crowd   histories, loop, crowd or customer

histories  20,000 random ones add up, and three services that are wrong are found in 200 each
loop       20 buyers in a closed loop take 100,000 units of one item: claims an order
crowd      5,000 buyers at once for 500 units, 1 to 3 each, every tenth payment declined; --at-once N requests are on their
           way at a time, 50 unless it says otherwise: INTAKE_CONCURRENCY is 55
customer   UNITS_PER_CUSTOMER=2: one customer, 1,000 requests, 100 at a time, killed with -9 in the middle

Exit 0: all adds up. 1: something does not. 2: no start.`;

/** As the intake has executions for: who comes above that is turned away with 503 and asks again, which tells nothing of a stock. */
const AT_ONCE = 50;

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    'at-once': { type: 'string', default: String(AT_ONCE) },
    help: { type: 'boolean', default: false },
  },
});
const tell = (text: string) => process.stdout.write(`${text}\n`);
const size = (whole: number, short: number) => (values.short ? short : whole);

const ITEM = 'lamp';
/** The provider declines what is paid for it, where it is told to fail by item. */
const DECLINED = 'fault-decline';
const DECLINED_WITHIN_MS = 60_000;
const UNITS = 500;
const LIMIT = 2;
const ASK_AGAIN_MS = 2_000;
const REFUSED_P95_MS = 500;
const SETTLE_SECONDS = 300;

const loop = () => runClosedLoop(size(100_000, 5_000), 20, tell);

const PARTS: Record<string, () => Promise<string[]>> = { histories, loop, crowd, customer };

async function histories(): Promise<string[]> {
  const numRuns = size(20_000, 500);
  const right = await fc.check(addsUp(), { numRuns });
  tell(
    `histories: ${right.numRuns} of ${numRuns} lived, ${right.failed ? 'one does not add up' : 'each adds up'}`,
  );
  const faults = right.failed
    ? [`a history does not add up: ${fc.defaultReportMessage(right)}`]
    : [];
  for (const [name, service] of Object.entries(WRONG)) {
    const { failed, numRuns: tried } = await fc.check(addsUp(service), {
      numRuns: 200,
      endOnFailure: true,
    });
    tell(
      `histories: a service that ${name} ${failed ? `is found in history ${tried}` : 'is not found'}`,
    );
    if (!failed) faults.push(`a service that ${name} was not found in 200 histories`);
  }
  return faults;
}

/** A stage with a stock, started anew; `kill` ends it with -9 and starts it on what it had. */
async function withStage(
  parameters: Record<string, string>,
  use: (running: { stage: () => Stage; kill: () => Promise<void> }) => Promise<string[]>,
): Promise<string[]> {
  const data = mkdtempSync(path.join(tmpdir(), 'flash-sale-stock-'));
  const service = await LocalService.onFixedPorts({
    environment: { STOCK: 'on', SWEEP_AFTER_SECONDS: '20', ...parameters },
    flags: ['--data', data],
  });
  let stage = localStage(await service.start());
  try {
    for (const itemId of [ITEM, DECLINED])
      await setStock(new StockTable(stage), itemId, UNITS, {
        ...{ isDryRun: false, onProgress: () => {} },
        signal: new AbortController().signal,
      });
    return await use({
      stage: () => stage,
      kill: async () => {
        await service.kill();
        stage.close();
        stage = localStage(await service.start());
      },
    });
  } finally {
    stage.close();
    await service.remove();
    rmSync(data, { recursive: true, force: true });
  }
}

async function crowd(): Promise<string[]> {
  return withStage({ PAYMENT_FAULTS: '{"decline":0.1}' }, async ({ stage }) => {
    const buyers: Buyer[] = Array.from({ length: size(5_000, 500) }, (_, index) => ({
      ...{ key: `crowd-${index}`, customerId: index + 1, quantity: 1 + (index % 3) },
    }));
    const startedAt = Date.now();
    const answers: Answer[] = [];
    const last = await buyAtOnce({
      ...{ api: () => stage().runtime?.api ?? '', itemId: ITEM, buyers },
      ...{ atOnce: Number(values['at-once']), askAgainAfterMs: ASK_AGAIN_MS },
      untilMs: startedAt + 600_000,
      onAnswer: (answer) => answers.push(answer),
    });
    const askedUntilMs = Date.now();
    const { items, faults } = await settled(stage(), [...last.values()]);
    const lamp = items.find(({ item_id }) => item_id === ITEM);
    const lastHeldAt = Date.parse(lamp?.last_held_at ?? '');
    const refused = [...last.values()].filter(({ problem }) => isRefusal(problem));
    const waits = refused
      .filter(({ answeredAtMs }) => answeredAtMs > lastHeldAt)
      .map(({ sentAtMs, answeredAtMs }) => answeredAtMs - Math.max(sentAtMs, lastHeldAt))
      .sort((a, b) => a - b);
    const p95Ms = percentile(waits, 95) ?? Number.NaN;
    const soldWhileAsking = lastHeldAt < askedUntilMs && hasSoldAgain(answers);
    tell(
      `crowd: ${buyers.length} buyers, ${answers.length} requests in ${seconds(askedUntilMs - startedAt)}; ${describe(lamp)}; ${refused.length} refused, p95 ${p95Ms} ms after the last unit was held (${waits.length} of them); declined units sold again: ${soldWhileAsking}`,
    );
    return [
      ...faults,
      ...(soldWhileAsking ? [] : ['crowd: no unit was sold again while buyers were asking']),
      ...(p95Ms <= REFUSED_P95_MS ? [] : [`crowd: the p95 is ${p95Ms} ms, not ${REFUSED_P95_MS}`]),
    ];
  });
}

/** Somebody was sold units after somebody else had been told that there were none. */
function hasSoldAgain(answers: Answer[]): boolean {
  const first = answers.findIndex(({ problem }) => isRefusal(problem));
  return first >= 0 && answers.slice(first).some(({ status }) => status === 202);
}

async function customer(): Promise<string[]> {
  const limits = { UNITS_PER_CUSTOMER: String(LIMIT), PAYMENT_FAULTS: '{"by_item":true}' };
  return withStage(limits, async ({ stage, kill }) => {
    const buyers: Buyer[] = Array.from({ length: size(1_000, 100) }, (_, index) => ({
      ...{ key: `customer-${index}`, customerId: 7, quantity: 1 },
    }));
    const asking = buyAtOnce({
      ...{ api: () => stage().runtime?.api ?? '', itemId: ITEM, buyers, atOnce: 100 },
      ...{ askAgainAfterMs: 500, untilMs: Date.now() + 240_000 },
    });
    await sleep(3_000);
    await kill();
    const last = await asking;
    const { items, faults } = await settled(stage(), [...last.values()]);
    const lamp = items.find(({ item_id }) => item_id === ITEM);
    const taken = (lamp?.sold ?? 0) + (lamp?.held ?? 0);
    tell(`customer: ${buyers.length} requests of one customer, killed once; ${describe(lamp)}`);
    return [
      ...faults,
      ...(await afterDecline(stage)),
      ...(taken === LIMIT ? [] : [`customer: has ${taken}, and may have ${LIMIT}`]),
    ];
  });
}

/** Who has as many as one may have gets another once one of them is declined. */
async function afterDecline(stage: () => Stage): Promise<string[]> {
  const buy = async () => {
    const { status } = await fetch(`${stage().runtime?.api}/orders/async?way=queued`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        customer_id: 8,
        items: [{ item_id: DECLINED, name: 'A thing', price: 1, quantity: 1 }],
      }),
    });
    return status;
  };
  const first = [];
  for (let turn = 0; turn <= LIMIT; turn += 1) first.push(await buy());
  let after = 0;
  for (const end = Date.now() + DECLINED_WITHIN_MS; after !== 202 && Date.now() < end; ) {
    await sleep(500);
    after = await buy();
  }
  tell(`customer: of an item whose payment is declined ${first.join(', ')}, and later ${after}`);
  const expected = [...Array.from({ length: LIMIT }, () => 202), 409, 202];
  const isRight = JSON.stringify([...first, after]) === JSON.stringify(expected);
  return isRight ? [] : [`customer: after a decline ${expected.join(', ')} were expected`];
}

/** The books once nothing is held any more, and every buyer's answer held against them. */
async function settled(
  stage: Stage,
  answers: Answer[],
): Promise<{ items: ItemStock[]; faults: string[] }> {
  const table = new StockTable(stage);
  const end = Date.now() + SETTLE_SECONDS * 1000;
  let items = await listStock(table);
  while (Date.now() < end && items.some(({ held }) => held > 0)) {
    await sleep(1_000);
    items = await listStock(table);
  }
  const accepted = answers.filter(({ status }) => status === 202).map(({ orderId }) => orderId);
  const books = await reconcile(stage, { accepted, waitSeconds: SETTLE_SECONDS });
  const lamp = items.find(({ item_id }) => item_id === ITEM);
  const left = UNITS - (lamp?.free ?? 0) - (lamp?.sold ?? 0);
  return {
    items,
    faults: [
      ...books.violations.map(({ rule, orderId, detail }) => `${rule} ${orderId} ${detail}`),
      ...(left === 0 ? [] : [`${left} of ${UNITS} units are neither free nor sold`]),
    ],
  };
}

const describe = (item: ItemStock | undefined): string =>
  item === undefined
    ? 'no stock'
    : `${item.sold} sold + ${item.held} held + ${item.free} free = ${item.stock}`;

const seconds = (durationMs: number) => `${(durationMs / 1000).toFixed(1)} s`;

await runProgram(async () => {
  if (values.help) {
    tell(HELP);
    return 0;
  }
  const chosen = Object.entries(PARTS).filter(([name]) => name.includes(values.only));
  if (chosen.length === 0)
    throw new Error(
      `--only: must be ${Object.keys(PARTS).join(', ')}, got ${JSON.stringify(values.only)}`,
    );
  const faults: string[] = [];
  for (const [, run] of chosen) faults.push(...(await run()));
  tell(faults.length === 0 ? 'All adds up.' : faults.join('\n'));
  return faults.length === 0 ? 0 : 1;
});
