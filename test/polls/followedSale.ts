import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Way } from '../../lib/domain/order.ts';
import { readRows } from '../../ops/reconciliation/tableReader.ts';
import type { Stage } from '../../ops/stage.ts';
import { runNode } from '../e2e/child.ts';
import { ROOT } from '../support/workspace.ts';

/** What became of an order, and how its buyer heard of it. Times in seconds since 1970. */
export interface FollowedOrder {
  orderId: string;
  polls: number;
  waitSeconds: number;
  /** From the order's end until the buyer had the answer that tells it. */
  lateSeconds: number;
}

export interface Sale {
  way: Way;
  users: number;
  seconds: number;
  /** For what is still pending when the sale is over. */
  followSeconds: number;
}

interface Logged {
  at: number;
  name: string;
  status: number;
  ms: number;
  error?: string;
  order_id?: string;
}

const STARTS_WITHIN_SECONDS = 120;

/** Buyers of `loadtest/` who look each order up as Retry-After says until it has ended. */
export async function followedSale(
  stage: Stage,
  api: string,
  { way, users, seconds, followSeconds }: Sale,
): Promise<FollowedOrder[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-polls-'));
  const log = path.join(folder, 'requests.jsonl');
  try {
    const { status, output } = await runNode({
      args: [
        ...['loadtest/locustCommand.ts', '-f', way === 'sync' ? 'locustfile.py' : 'async_test.py'],
        ...['--headless', '--only-summary', '--exit-code-on-error', '0', '--host', api],
        ...['-u', String(users), '-r', '10', '-t', `${seconds}s`],
        ...['--stop-timeout', String(followSeconds + 10)],
      ],
      folder: ROOT,
      environment: {
        ...{ WAY: way === 'sync' ? '' : way, REQUEST_LOG: log },
        // Whoever waits for the payment has nothing to look up.
        LOOK_UP_SHARE: way === 'sync' ? '0' : '1',
        FOLLOW_SECONDS: String(followSeconds),
      },
      limitMs: (seconds + followSeconds + STARTS_WITHIN_SECONDS) * 1000,
    });
    if (status !== 0)
      throw new Error(`Locust ended with status ${status}:\n${output.slice(-1500)}`);
    return await ordersOf(stage, readFileSync(log, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ordersOf(stage: Stage, log: string): Promise<FollowedOrder[]> {
  const requests: Logged[] = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ order_id }) => order_id !== undefined);
  const byOrder = Map.groupBy(requests, ({ order_id = '' }) => order_id);
  const table = { TableName: stage.outputs.OrdersTableName };
  const rows = await readRows(stage.clients.dynamodb, table, 'order_id', [...byOrder.keys()]);
  return rows.map(({ order_id, created_at, completed_at }) => {
    const orderId = order_id?.S ?? '';
    const polls = (byOrder.get(orderId) ?? []).filter(({ name }) => name.startsWith('GET'));
    const [createdAt, completedAt] = [created_at, completed_at].map(
      (time) => Date.parse(time?.S ?? '') / 1000,
    ) as [number, number];
    const heardAt = Math.max(...polls.map(({ at, ms }) => at + ms / 1000));
    return {
      orderId,
      polls: polls.length,
      waitSeconds: completedAt - createdAt,
      lateSeconds: heardAt - completedAt,
    };
  });
}
