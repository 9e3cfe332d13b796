import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Template } from '../../local/template/resolve.ts';
import { bookReader } from '../../ops/reconciliation/tableReader.ts';
import { FUNCTION_KEYS } from '../../ops/serviceNames.ts';
import type { Stage } from '../../ops/stage.ts';
import { listStock, setStock } from '../../ops/stock/stock.ts';
import { StockTable } from '../../ops/stock/stockTable.ts';
import { idOf } from '../e2e/faultStage.ts';
import { runJourneys } from '../e2e/journeys.ts';
import { Campaign } from '../faults/campaign.ts';
import { keepSweeping } from '../faults/operator.ts';
import { ROUNDS, type Round, wire } from '../faults/rounds.ts';
import { type Answer, Buyer, order } from '../journeys/client.ts';
import { localTarget } from '../journeys/target.ts';
import { runProgram } from '../support/program.ts';
import { Recording } from './recording.ts';
import {
  faultsOf,
  permissionsOf,
  RECORDED,
  type Recorded,
  readRecorded,
  STAGES,
} from './stages.ts';

const HELP = `Records what each function calls, and holds its role to that.

  npm run test:permissions        run the journeys and the faults of storage, topic and provider, compare
  npm run test:permissions -- -u  the same, and write what was recorded to ${RECORDED}

npm test holds the policies to that file. Exit 0: every call is allowed, every allowed action is called, and the file
says so. 1: not so. 2: no start.`;

/** As the journeys expect a stage. */
const PARAMETERS = { PAYMENT_SECONDS: '0.5', SYNC_CONCURRENCY: '5', BATCH_SIZE: '10' };
const SHARE_OF_ORDERS = 0.08;
const STRIKES = 5;
const PATHS = ['/orders/sync', '/orders/async?way=queued', '/orders/async?way=direct'];
/** Until the sweeper has freed what an intake left behind, a lease later. */
const FREED_WITHIN_MS = 120_000;

const { values } = parseArgs({
  options: {
    update: { type: 'boolean', short: 'u', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const tell = (text: string) => process.stdout.write(`${text}\n`);

/** What ends an order of the sync way fails, so that the sweeper has to. */
const UNFINISHED: Round = {
  name: 'sync orders are not finished',
  orders: 40,
  ways: ['sync'],
  needsSweeper: true,
  rules: [
    wire('charge not written', 'dynamodb', /^PutItem .*-charges$/, 'error', 0.4),
    wire('end not written', 'dynamodb', /^UpdateItem .*-orders$/, 'error', 0.4),
  ],
};

/** Those that need no fault in the code: what runs here is what would be deployed. */
const rounds = (): Round[] => [
  ...ROUNDS.filter(({ rules }) => rules.every(({ on }) => on === 'dynamodb' || on === 'sns')).map(
    (round) => ({ ...round, orders: Math.round(round.orders * SHARE_OF_ORDERS) }),
  ),
  UNFINISHED,
];

async function record(parameters: Record<string, string>) {
  const recording = new Recording();
  const campaign = new Campaign({
    ...{ seed: 1, seams: {}, strikes: STRIKES, parameters: { ...PARAMETERS, ...parameters } },
    onCall: (...call) => recording.add(...call),
  });
  try {
    await campaign.start();
    // What a journey did not come to is missing below: an action that nobody uses.
    await runJourneys(localTarget(campaign.ready));
    const shop = shopOf(campaign);
    if (parameters.STOCK === 'on') await give(campaign, 'vase', 2);
    await cancelOrders(shop);
    if (parameters.STOCK === 'on') await sellOut(shop);
    for (const round of rounds()) {
      const { seconds } = await campaign.run(round);
      tell(`${round.name}: ${round.orders} orders, ${seconds.toFixed(0)} s`);
    }
    const file = '.serverless/cloudformation-template-update-stack.json';
    const text = readFileSync(path.join(campaign.folder, file), 'utf8');
    return {
      template: JSON.parse(text) as Template,
      calls: recording.callsOf([...FUNCTION_KEYS], 'flash-sale-local-'),
    };
  } finally {
    await campaign.stop();
  }
}

interface Shop {
  campaign: Campaign;
  ask: (path: string, itemId: string) => Promise<Answer>;
}

const shopOf = (campaign: Campaign): Shop => {
  const buyer = new Buyer(localTarget(campaign.ready));
  const ask = (path: string, item_id: string) =>
    buyer.post(path, order({ items: [{ item_id, name: 'x', price: 1, quantity: 1 }] }));
  return { campaign, ask };
};

const give = (campaign: Campaign, itemId: string, units: number) =>
  setStock(new StockTable(campaign.stage), itemId, units, {
    ...{ isDryRun: false, onProgress: () => {}, signal: new AbortController().signal },
  });

const RESTING = wire('queue at rest', 'sqs', /^ReceiveMessage/, 'error', 1);

/** One order that nobody has paid yet, and one whose end could not be written. */
async function cancelOrders({ campaign, ask }: Shop): Promise<void> {
  const cancel = (orderId: string) =>
    fetch(`${campaign.ready.api}/orders/${orderId}`, { method: 'DELETE' });

  campaign.inject([RESTING]);
  const waiting = idOf(await ask('/orders/async?way=queued', 'vase'));
  assert.equal((await cancel(waiting)).status, 200);

  campaign.inject([wire('end not written', 'dynamodb', /^UpdateItem .*-orders$/, 'error', 1)]);
  const paid = idOf(await ask('/orders/async?way=direct', 'vase'));
  await within(60_000, async () => (await readCharged(campaign.stage)).has(paid));
  campaign.inject([]);
  assert.equal((await cancel(paid)).status, 409);
}

async function readCharged(stage: Stage): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const page of bookReader(stage).charges())
    for (const { orderId } of page) ids.add(orderId);
  return ids;
}

/** Each way sells units and finds none left; then units are held by an order that waits, and by one that never was. */
async function sellOut({ campaign, ask }: Shop): Promise<void> {
  const heldOf = async (itemId: string) =>
    (await listStock(new StockTable(campaign.stage))).find(({ item_id }) => item_id === itemId)
      ?.held;

  await give(campaign, 'lamp', PATHS.length);
  for (const way of PATHS) assert.ok((await ask(way, 'lamp')).status < 300);
  for (const way of PATHS) assert.equal((await ask(way, 'lamp')).status, 409);

  await give(campaign, 'rug', 2);
  campaign.inject([RESTING]);
  assert.equal((await ask('/orders/async?way=queued', 'rug')).status, 202);
  campaign.inject([RESTING, wire('not stored', 'dynamodb', /^PutItem .*-orders$/, 'error', 1)]);
  assert.equal((await ask('/orders/async?way=queued', 'rug')).status, 500);
  campaign.inject([RESTING]);
  const sweeping = keepSweeping(() => campaign.stage);
  await within(FREED_WITHIN_MS, async () => (await heldOf('rug')) === 1);
  await sweeping.stop();
  campaign.inject([]);
}

async function within(limitMs: number, isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + limitMs; !(await isTrue()); await sleep(500))
    assert.ok(Date.now() < end, `not true within ${limitMs} ms: ${isTrue}`);
}

async function main(): Promise<number> {
  if (values.help) {
    tell(HELP);
    return 0;
  }
  const recorded: Recorded = {};
  const faults: string[] = [];
  for (const [name, parameters] of Object.entries(STAGES)) {
    const { template, calls } = await record(parameters);
    recorded[name] = calls;
    const found = faultsOf(permissionsOf(template, calls));
    const count = Object.values(calls).flat().length;
    tell(
      `${name}: ${count} kinds of call by ${FUNCTION_KEYS.length} functions, ${found.length} faults`,
    );
    faults.push(...found.map((fault) => `${name}: ${fault}`));
  }
  if (values.update) writeFileSync(RECORDED, `${JSON.stringify(recorded, null, 2)}\n`);
  else if (JSON.stringify(recorded) !== JSON.stringify(readRecorded()))
    faults.push(
      `${RECORDED} is not what was recorded: run this with -u, and look at what has changed`,
    );
  for (const fault of faults) tell(fault);
  return faults.length === 0 ? 0 : 1;
}

await runProgram(main);
