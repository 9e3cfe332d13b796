import { setTimeout as sleep } from 'node:timers/promises';
import { bookReader } from '../../ops/reconciliation/tableReader.ts';
import type { Stage } from '../../ops/stage.ts';
import { type Answer, Buyer, order } from '../journeys/client.ts';
import { localTarget } from '../journeys/target.ts';
import { readStatuses } from '../support/statuses.ts';
import { Campaign } from './campaign.ts';
import { wire } from './rounds.ts';

const PATHS = ['/orders/async?way=queued', '/orders/async?way=direct', '/orders/sync'];
const SECONDS = 10;
const ORDERS_PER_SECOND = 60;
const RETRIES_AT_ONCE = 20;
const WARM_UP_ORDERS = 90;
const MOST_PUTS = 2;

interface Throttled {
  line: string;
  faults: string[];
  /** Nothing was stored, and each buyer got the order in the end: what is wrong is how often, or by whom, they were refused. */
  isHarmless: boolean;
}

/**
 * DynamoDB turns every PutItem away for ten seconds of a sale: buyers are told when to come back, nothing is left behind,
 * and each gets the order that was sent with its key afterwards.
 */
export async function throttledStorage(seed: number): Promise<Throttled> {
  const puts = new Map<string, number>();
  const campaign = new Campaign({
    ...{ seed, seams: {}, strikes: 0 },
    onCall: (_service, { 'x-amz-target': target }, body) => {
      if (!String(target).endsWith('.PutItem')) return;
      const order = /"order_id":\{"S":"([^"]+)"/.exec(body)?.[1] ?? body;
      puts.set(order, (puts.get(order) ?? 0) + 1);
    },
  });
  try {
    await campaign.start();
    const buyer = new Buyer(localTarget(campaign.ready));
    await warmUp(buyer);
    // Also those that were not answered with their order.
    const earlier = new Set(puts.keys());
    campaign.inject([wire('storage throttled', 'dynamodb', /^PutItem/, 'throttle', 1)]);
    const refused = await sell((index) => buy(buyer, index));
    const rows = await countRows(campaign.stage, earlier);
    const attempted = [...puts].filter(([orderId]) => !earlier.has(orderId));
    const most = Math.max(...attempted.map(([, count]) => count));
    campaign.inject([]);
    const wrong = refused.filter((answer) => !isRefusal(answer));
    const failed = await retryAll(buyer, refused.length);
    const line = `storage throttled: ${refused.length} orders in ${SECONDS} s, ${refused.length - wrong.length} answered 503 with Retry-After, at most ${most} PutItems an attempt, ${rows} rows, ${refused.length - failed.length} taken when they were sent again`;
    const faults = [
      ...wrong.map(({ status, text }) => `storage throttled: answered ${status} ${text}`),
      ...(most <= MOST_PUTS ? [] : [`storage throttled: ${most} PutItems in an attempt`]),
      ...(rows === 0 ? [] : [`storage throttled: ${rows} rows were written`]),
      ...failed.map((text) => `storage throttled: then answered ${text}`),
    ];
    return { line, faults, isHarmless: rows === 0 && failed.length === 0 };
  } finally {
    await campaign.stop();
  }
}

const buy = (buyer: Buyer, index: number): Promise<Answer> =>
  buyer.post(PATHS[index % PATHS.length] ?? '', order({ customer_id: index + 1 }), {
    'idempotency-key': `throttled-${index}`,
  });

const isRefusal = ({ status, headers }: Answer): boolean =>
  status === 503 && Number(headers['retry-after']) > 0;

/**
 * A sale is under way: here all execution environments share one machine, and as many new ones at once as waiting for
 * DynamoDB takes would have no time for anything else.
 */
const warmUp = (buyer: Buyer) =>
  Promise.all(
    Array.from({ length: WARM_UP_ORDERS }, (_, index) =>
      buyer.post(PATHS[index % PATHS.length] ?? '', order({ customer_id: index + 1 })),
    ),
  );

/** At a steady rate, whatever becomes of those before. */
async function sell(buyOne: (index: number) => Promise<Answer>): Promise<Answer[]> {
  const asking: Promise<Answer>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < SECONDS * ORDERS_PER_SECOND; index += 1) {
    const dueAt = startedAt + (index * 1000) / ORDERS_PER_SECOND;
    await sleep(Math.max(0, dueAt - performance.now()));
    asking.push(buyOne(index));
  }
  return Promise.all(asking);
}

async function countRows(stage: Stage, earlier: Set<string>): Promise<number> {
  const isNew = (orderId: string) => !earlier.has(orderId);
  let rows = [...(await readStatuses(stage)).keys()].filter(isNew).length;
  for await (const page of bookReader(stage).charges())
    rows += page.filter(({ orderId }) => isNew(orderId)).length;
  return rows;
}

/** What those were answered who did not get their order. */
async function retryAll(buyer: Buyer, orders: number): Promise<string[]> {
  const failed: string[] = [];
  let next = 0;
  const retry = async () => {
    for (let index = next++; index < orders; index = next++) {
      const { status, text } = await buy(buyer, index);
      if (status !== 200 && status !== 202) failed.push(`${status} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: RETRIES_AT_ONCE }, retry));
  return failed;
}
