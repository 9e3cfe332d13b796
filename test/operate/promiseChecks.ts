import assert from 'node:assert/strict';
import { publicOrderSchema } from '../../contracts/orderApi.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { readStatus } from '../../ops/status/stageStatus.ts';
import { setWorkerCount } from '../../ops/workers/workers.ts';
import { type Checks, tell } from '../e2e/checks.ts';
import {
  type Answer,
  acceptedIds,
  buy,
  buyAsCrowd,
  buyAtRate,
  type Order,
  statusesOf,
} from './buyers.ts';

const WORKERS = 20;
const BUYERS = 20;
const KEPT_SHARE = 0.9;
const AT_ONCE = 20;
/** The workers have begun by then. */
const RAMP_SECONDS = 5;
const RECOVERY_PER_SECOND = 20;
/** Twenty workers with ten payments of 3 s each. */
const DRAINED_PER_SECOND = 200 / 3;
const MAX_PROMISE_SECONDS = 20;

/** What buyers are told of their order's end as it is accepted, held against its end. */
export async function checkPromises(checks: Checks, isFull: boolean): Promise<void> {
  const size = isFull ? { seconds: 60, backlog: 3000 } : { seconds: 20, backlog: 600 };
  await onService({ WORKER_COUNT: String(WORKERS) }, async (stage) => {
    const api = stage.outputs.HttpApiUrl;
    await checks.run(`${BUYERS} buyers before ${WORKERS} workers: promises are kept`, async () => {
      const answers = await buyAsCrowd(BUYERS, size.seconds, () => buy(api));
      await checkKept(stage, answers, answers);
    });
    await checks.run(`after ${size.backlog} orders before one worker as well`, async () => {
      const { all, counted } = await recover(stage, size.backlog);
      await checkKept(stage, all, counted);
    });
    await checks.run('sls status tells the share that was kept', async () => {
      const { promises } = await readStatus(stage);
      tell(`    ${JSON.stringify(promises)}`);
      assert.ok(promises !== null && promises.ended >= size.backlog);
    });
  });
  const short = { WORKER_COUNT: '1', MAX_PROMISE_SECONDS: String(MAX_PROMISE_SECONDS) };
  await onService(short, async (stage) => {
    await checks.run(`what ends in over ${MAX_PROMISE_SECONDS} s is refused`, () =>
      checkLimit(stage),
    );
  });
}

async function onService(
  environment: Record<string, string>,
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  const service = new LocalService({ environment });
  try {
    const stage = localStage(await service.start());
    await act(stage);
    stage.close();
  } finally {
    await service.remove();
  }
}

/** Orders gather before one worker, which becomes twenty; buyers go on meanwhile. */
async function recover(stage: Stage, backlog: number) {
  const api = stage.outputs.HttpApiUrl;
  await setWorkerCount(stage, 1);
  const before: Answer[] = [];
  while (before.length < backlog)
    before.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => buy(api)))));
  await setWorkerCount(stage, WORKERS);
  const raisedMs = Date.now();
  const seconds = RAMP_SECONDS + (1.2 * backlog) / (DRAINED_PER_SECOND - RECOVERY_PER_SECOND);
  const after = await buyAtRate(RECOVERY_PER_SECOND, seconds, () => buy(api));
  const countedFrom = new Date(raisedMs + RAMP_SECONDS * 1000).toISOString();
  const counted = after.filter(({ order }) => order && order.created_at >= countedFrom);
  return { all: [...before, ...after], counted };
}

/** Waits for the end of all, and holds those that count against what they were told. */
async function checkKept(stage: Stage, all: Answer[], counted: Answer[]): Promise<void> {
  const books = await reconcile(stage, { accepted: acceptedIds(all), waitSeconds: 300 });
  assert.deepEqual(books.violations, []);
  tell(`    answers: ${JSON.stringify(statusesOf(all))}`);
  const taken = counted.flatMap(({ order }) => order ?? []);
  const judged: Awaited<ReturnType<typeof judge>>[] = [];
  for (let next = 0; next < taken.length; next += AT_ONCE) {
    const together = taken.slice(next, next + AT_ONCE);
    judged.push(...(await Promise.all(together.map((order) => judge(stage, order)))));
  }
  const kept = judged.filter(({ isKept }) => isKept).length / judged.length;
  const waits = judged.map(({ waitMs }) => waitMs / 1000).sort((a, b) => a - b);
  const [median, longest] = [waits[Math.floor(waits.length / 2)], waits.at(-1)];
  tell(
    `    ${judged.length} orders: ${(100 * kept).toFixed(1)} % in the promised range, waits of ${median?.toFixed(1)} s (median) to ${longest?.toFixed(1)} s`,
  );
  for (const broken of judged.filter(({ isKept }) => !isKept).slice(0, 5))
    tell(`    not kept: ${JSON.stringify(broken)}`);
  assert.deepEqual(
    judged.filter(({ isKept, widthMs, waitMs }) => isKept && widthMs > waitMs / 2 + 5_000),
    [],
  );
  assert.ok(kept >= KEPT_SHARE, `${(100 * kept).toFixed(1)} % were kept`);
}

async function judge(stage: Stage, { order_id, promise, created_at }: Order) {
  const answer = await fetch(`${stage.outputs.HttpApiUrl}/orders/${order_id}`);
  const { completed_at, promise: repeated } = publicOrderSchema.parse(await answer.json());
  assert.deepEqual(repeated, promise);
  const [from, to, begin, end] = [promise?.earliest, promise?.latest, created_at, completed_at].map(
    (time) => Date.parse(time ?? ''),
  ) as [number, number, number, number];
  return {
    isKept: from <= end && end <= to,
    waitMs: end - begin,
    widthMs: to - from,
    place: promise?.place_in_line,
    fromMs: from - begin,
    toMs: to - begin,
  };
}

/** One worker pays three orders a second. */
async function checkLimit(stage: Stage): Promise<void> {
  const answers = await buyAtRate(20, 10, () => buy(stage.outputs.HttpApiUrl));
  const taken = answers.filter(({ status }) => status === '202');
  const refused = answers.filter(({ status }) => /^503 .*longer than/.test(status));
  assert.equal(taken.length + refused.length, answers.length, JSON.stringify(statusesOf(answers)));
  assert.ok(taken.length > 0 && refused.length > 0);
  assert.ok(refused.every(({ retryAfterSeconds }) => retryAfterSeconds >= 1));
  for (const { order } of taken) {
    const promisedMs =
      Date.parse(order?.promise?.latest ?? '') - Date.parse(order?.created_at ?? '');
    assert.ok(promisedMs <= MAX_PROMISE_SECONDS * 1000, `${promisedMs} ms were promised`);
  }
  const books = await reconcile(stage, { accepted: acceptedIds(taken), waitSeconds: 60 });
  assert.deepEqual(
    [books.violations, books.orders.completed, books.charges.count],
    [[], taken.length, taken.length],
  );
}
