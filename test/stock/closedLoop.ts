import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type DynamoClient, dynamoClient } from '../../lib/adapters/dynamoClient.ts';
import { dynamoStockStore } from '../../lib/adapters/dynamoStockStore.ts';
import { OrderError } from '../../lib/domain/errors.ts';
import type { StockStore } from '../../lib/domain/ports.ts';
import { UnitStock } from '../../lib/domain/unitStock.ts';
import { systemClock } from '../../lib/platform/clock.ts';
import { startDynalite } from '../../lib/testing/startDynalite.ts';
import { anOrder } from '../../lib/testing/world.ts';
import type { Stage } from '../../ops/stage.ts';
import { listStock, setStock } from '../../ops/stock/stock.ts';
import { StockTable } from '../../ops/stock/stockTable.ts';

const ITEM = 'lamp';
/** Claims of an order on average. */
const CLAIMS_UNTIL_MOSTLY_SOLD = 1.3;
const CLAIMS_FOR_THE_REST = 5;
const MOST_TRIES = 20;
const KEPT_MS = 120_000;
const WRITES = new Set<string | symbol>(['claim', 'free', 'sell', 'close', 'rest']);
/** From here on the last units are looked for. */
const MOSTLY_SOLD = 0.99;

/** What the orders of a part of a sale cost. */
interface Share {
  orders: number;
  claims: number;
  writes: number;
}

interface LoopResult {
  untilMostlySold: Share;
  rest: Share;
  /** The most writes that any row took. */
  hottestRow: number;
}

/** Buyers who take 1 to 3 units of one item, each in an execution environment of its own, again and again until none is left. */
async function closedLoop(
  store: StockStore,
  { itemId, units, buyers }: { itemId: string; units: number; buyers: number },
): Promise<LoopResult> {
  const share = () => ({ orders: 0, claims: 0, writes: 0 });
  const result = { untilMostlySold: share(), rest: share() };
  const writesOf = new Map<string, number>();
  let taken = 0;
  const now = () => (taken < units * MOSTLY_SOLD ? result.untilMostlySold : result.rest);
  const count = (name: string | symbol, args: unknown[]) => {
    if (!WRITES.has(name)) return;
    now().writes += 1;
    if (name === 'claim') now().claims += 1;
    const [row] = args.flatMap(
      (value) => /"(units\/[^"]+)"/.exec(JSON.stringify(value))?.[1] ?? [],
    );
    if (row !== undefined) writesOf.set(row, (writesOf.get(row) ?? 0) + 1);
  };
  const counted = new Proxy(store, {
    get:
      (target, name) =>
      (...args: unknown[]) => {
        count(name, args);
        return (Reflect.get(target, name) as (...a: unknown[]) => unknown).apply(target, args);
      },
  });
  const buyer = async (_: unknown, customer: number) => {
    const stock = new UnitStock({ store: counted, clock: systemClock });
    for (let turn = customer; taken < units; turn += 1) {
      const quantity = 1 + (turn % 3);
      const items = [{ item_id: itemId, name: 'A thing', price: 1, quantity }];
      const order = anOrder({ request: { customer_id: customer + 1, items } });
      const isTaken = await stock.hold(order).then(() => true, refused);
      if (!isTaken) continue;
      now().orders += 1;
      taken += quantity;
    }
  };
  await Promise.all(Array.from({ length: buyers }, buyer));
  return { ...result, hottestRow: Math.max(...writesOf.values()) };
}

/** On a machine that is busy a call may take longer than a function waits. Each can be repeated: that is the design. */
const patient = (client: DynamoClient): DynamoClient => ({
  ...client,
  call: async (operation, input) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await client.call(operation, input);
      } catch (error) {
        const isAnswer = (error as Error).name === 'ConditionalCheckFailedException';
        if (isAnswer || tries === MOST_TRIES) throw error;
      }
    }
  },
});

function refused(error: unknown): false {
  if (error instanceof OrderError && error.code === 'sold_out') return false;
  throw error;
}

/** The same on the local tables; what it needs more claims for than it may. */
export async function runClosedLoop(
  units: number,
  buyers: number,
  tell: (text: string) => void,
): Promise<string[]> {
  // Tables and buyers share a thread: what reads a large table may take longer than a usual connection is kept.
  const { sdk, access, close } = await startDynalite({ keepAliveTimeout: KEPT_MS });
  const dynamodb = new DynamoDBClient(sdk);
  const client = dynamoClient(access);
  try {
    const stage = { name: 'loop', outputs: { StockTableName: 'stock' }, clients: { dynamodb } };
    const table = new StockTable(stage as Stage);
    const signal = new AbortController().signal;
    await setStock(table, ITEM, units, { isDryRun: false, onProgress: () => {}, signal });
    const store = dynamoStockStore(patient(client), 'stock');
    const { untilMostlySold, rest, hottestRow } = await closedLoop(store, {
      ...{ itemId: ITEM, units, buyers },
    });
    const [item] = await listStock(table);
    const most = [CLAIMS_UNTIL_MOSTLY_SOLD, CLAIMS_FOR_THE_REST];
    const claims = [untilMostlySold, rest].map((share) => share.claims / share.orders);
    const [before = 0, after = 0] = claims.map((count) => Math.round(count * 100) / 100);
    const writes = (untilMostlySold.writes / untilMostlySold.orders).toFixed(2);
    tell(
      `loop: ${buyers} buyers took ${item?.held} of ${units} units; claims an order until 99 % were sold ${before} (all writes ${writes}), for the rest ${after}; at most ${hottestRow} writes to a row`,
    );
    return [
      ...(item?.held === units ? [] : [`loop: ${item?.held} of ${units} units are held`]),
      ...claims.flatMap((count, part) =>
        count < (most[part] ?? 0)
          ? []
          : [`loop: ${count} claims an order, not under ${most[part]}`],
      ),
    ];
  } finally {
    client.destroy();
    dynamodb.destroy();
    await close();
  }
}
