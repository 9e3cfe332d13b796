import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Template } from '../../local/template/resolve.ts';
import { FUNCTION_KEYS } from '../../ops/serviceNames.ts';
import { runJourneys } from '../e2e/journeys.ts';
import { Campaign } from '../faults/campaign.ts';
import { ROUNDS, type Round } from '../faults/rounds.ts';
import { localTarget } from '../journeys/target.ts';
import { runProgram } from '../support/program.ts';
import { Recording } from './recording.ts';
import { Shop } from './shop.ts';
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
  npm run test:permissions -- --short  of the stages only the one with stock and tracing, whose functions call most

npm test holds the policies to that file. Exit 0: every call is allowed, every allowed action is called, and the file
says so. 1: not so. 2: no start.`;

/** As the journeys expect a stage. */
const PARAMETERS = { PAYMENT_SECONDS: '0.5', SYNC_CONCURRENCY: '5', BATCH_SIZE: '10' };
const SHARE_OF_ORDERS = 0.08;
const STRIKES = 5;

const { values } = parseArgs({
  options: {
    update: { type: 'boolean', short: 'u', default: false },
    short: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const tell = (text: string) => process.stdout.write(`${text}\n`);

/** Those that need no fault in the code: what runs here is what would be deployed. */
const rounds = (): Round[] =>
  ROUNDS.filter(({ rules }) => rules.every(({ on }) => on === 'dynamodb' || on === 'sns')).map(
    (round) => ({ ...round, orders: Math.round(round.orders * SHARE_OF_ORDERS) }),
  );

async function record(parameters: Record<string, string>) {
  const recording = new Recording();
  const campaign = new Campaign({
    ...{ seed: 1, seams: {}, strikes: STRIKES, parameters: { ...PARAMETERS, ...parameters } },
    onCall: (...call) => recording.add(...call),
  });
  try {
    await campaign.start();
    const shop = new Shop(campaign, recording);
    await shop.loseProvider();
    // What a journey did not come to is missing below: an action that nobody uses.
    await runJourneys(localTarget(campaign.ready));
    await shop.sweepAbandoned();
    await shop.withdrawOrder();
    if (parameters.STOCK === 'on') await shop.give('vase', 2);
    await shop.cancelOrders();
    if (parameters.STOCK === 'on') await shop.sellOut();
    for (const round of rounds()) {
      const { seconds } = await campaign.run(round);
      tell(`${round.name}: ${round.orders} orders, ${seconds.toFixed(0)} s`);
    }
    const file = '.serverless/cloudformation-template-update-stack.json';
    const text = readFileSync(path.join(campaign.folder, file), 'utf8');
    return {
      template: JSON.parse(text) as Template,
      calls: recording.callsOf(FUNCTION_KEYS),
    };
  } finally {
    await campaign.stop();
  }
}

async function main(): Promise<number> {
  if (values.help) {
    tell(HELP);
    return 0;
  }
  const recorded: Recorded = readRecorded();
  const before = JSON.stringify(recorded);
  const faults: string[] = [];
  const stages = Object.entries(STAGES).filter(([name]) => !values.short || name.includes('stock'));
  for (const [name, parameters] of stages) {
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
  else if (JSON.stringify(recorded) !== before)
    faults.push(
      `${RECORDED} is not what was recorded: run this with -u, and look at what has changed`,
    );
  for (const fault of faults) tell(fault);
  return faults.length === 0 ? 0 : 1;
}

await runProgram(main);
