import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { setWorkerCount } from '../../ops/workers/workers.ts';
import { runProgram } from '../support/program.ts';
import { type FollowedOrder, followedSale } from './followedSale.ts';

const HELP = `Sells with one worker, as phase 3 of the sale does, to 20 buyers who look every order up as Retry-After says until it
has ended: each has to hear of it within a fifth of its wait and 2 s. One that waits a minute is asked for three times at most,
a longer one as often each minute.

  npm run test:polls             60 s of buyers, then 20 workers, as phase 5a; and 10 s of buyers whose one worker is left alone
  npm run test:polls -- --short  20 s of buyers, then 20 workers

Exit: 0 all were told in time, 1 one was not, 2 the sale could not be run.`;

const MOST_POLLS_A_MINUTE = 3;
/** Short waits are over before the intervals by age have grown. */
const A_MINUTE_SECONDS = 45;
const BUCKETS_SECONDS = [0, 5, 15, 30, 45, 60, 120, 180, Number.POSITIVE_INFINITY];
const tell = (text: string) => process.stderr.write(`${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);

interface Scenario {
  name: string;
  seconds: number;
  /** Once the buyers have stopped buying. */
  workers?: number;
  followSeconds: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { help: { type: 'boolean', short: 'h' }, short: { type: 'boolean' } },
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  const raised = (seconds: number): Scenario => ({
    ...{ name: `${seconds} s of buyers, then 20 workers`, seconds, workers: 20 },
    followSeconds: 120,
  });
  const alone = { name: '10 s of buyers and one worker', seconds: 10, followSeconds: 260 };
  let isKept = true;
  for (const scenario of values.short ? [raised(20)] : [raised(60), alone])
    isKept = report(scenario, await play(scenario)) && isKept;
  return isKept ? 0 : 1;
}

async function play({ name, seconds, workers, followSeconds }: Scenario): Promise<FollowedOrder[]> {
  tell(`${name}: the service starts`);
  const service = new LocalService();
  let stage: Stage | undefined;
  try {
    const ready = await service.start();
    stage = localStage(ready);
    await setWorkerCount(stage, 1);
    tell('Buyers come');
    const sale = followedSale(stage, ready.api, {
      ...{ way: 'queued', users: 20, seconds, followSeconds },
    });
    const raising =
      workers && sleep(seconds * 1000).then(() => setWorkerCount(stage as Stage, workers));
    const [orders] = await Promise.all([sale, raising]);
    return orders;
  } finally {
    stage?.close();
    await service.remove();
  }
}

/** The figures by how long orders waited; whether all are within their bounds. */
function report({ name }: Scenario, orders: FollowedOrder[]): boolean {
  print(`${name}: ${orders.length} orders`);
  const isBroken = orders.filter((order) => !isTold(order) || !isInTime(order));
  const byWait = Map.groupBy(orders, ({ waitSeconds }) =>
    BUCKETS_SECONDS.findLastIndex((least) => least <= waitSeconds),
  );
  for (const [bucket, group] of [...byWait].sort(([a], [b]) => a - b))
    print(describe(bucket, group));
  for (const order of isBroken.slice(0, 10)) print(`  not kept: ${JSON.stringify(order)}`);
  return orders.length > 0 && isBroken.length === 0;
}

const minutes = ({ waitSeconds }: FollowedOrder): number => Math.max(1, waitSeconds / 60);
const isTold = (order: FollowedOrder): boolean =>
  order.polls >= 1 &&
  (order.waitSeconds < A_MINUTE_SECONDS || order.polls <= MOST_POLLS_A_MINUTE * minutes(order));
const isInTime = ({ waitSeconds, lateSeconds }: FollowedOrder): boolean =>
  lateSeconds <= 0.2 * waitSeconds + 2;

function describe(bucket: number, orders: FollowedOrder[]): string {
  const [from, to] = [BUCKETS_SECONDS[bucket], BUCKETS_SECONDS[bucket + 1]];
  const wait = to === Number.POSITIVE_INFINITY ? `over ${from} s` : `${from} to ${to} s`;
  const most = (of: (order: FollowedOrder) => number) => Math.max(...orders.map(of));
  const polls = orders.reduce((sum, order) => sum + order.polls, 0) / orders.length;
  const used = most(({ lateSeconds, waitSeconds }) => lateSeconds / (0.2 * waitSeconds + 2));
  return `  wait ${wait}: ${orders.length} orders, ${polls.toFixed(2)} polls each, at most ${most((order) => order.polls)}; heard of at most ${most(({ lateSeconds }) => lateSeconds).toFixed(1)} s late, ${(used * 100).toFixed(0)} % of what is allowed`;
}

await runProgram(main);
