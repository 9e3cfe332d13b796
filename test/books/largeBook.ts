import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import {
  type ReconciliationDocument,
  reconciliationSchema,
} from '../../contracts/reconciliation.ts';
import type { Row } from '../../ops/reconciliation/tableReader.ts';
import { type PlantedStage, startPlantedStage } from '../../ops/testing/plantedStage.ts';
import { chargeRows, KINDS, orderRow } from './closedBook.ts';

const MOST_SECONDS = 20;
const MOST_EXTRA_MB = 300;
const ROOT = path.resolve(import.meta.dirname, '../..');
const SLS = path.join(ROOT, 'node_modules/serverless/bin/serverless.js');
const WRITTEN_AT_ONCE = 25;
const MEMORY_POLL_MS = 50;

interface Measured {
  seconds: number;
  /** Of the processor: on a machine that others use it says more. */
  cpuSeconds: number;
  peakMb: number;
  result: ReconciliationDocument;
}

/** Times `sls reconcile` on tables of that many orders, beside the same on empty ones. Gives the exit status. */
export async function measureLargeBook(
  orders: number,
  print: (text: string) => void,
): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-books-'));
  const planted = await startPlantedStage();
  try {
    const readyFile = path.join(folder, 'ready.json');
    const { runtime, outputs } = planted.stage;
    writeFileSync(readyFile, JSON.stringify({ ...runtime, outputs }));
    const empty = await measure(readyFile);
    await fill(planted, orders);
    const full = await measure(readyFile);
    const extraMb = full.peakMb - empty.peakMb;
    print(
      `${orders} orders in ${full.seconds.toFixed(1)} s (${full.cpuSeconds} s of processor), an empty book in ${empty.seconds.toFixed(1)} s; ` +
        `memory ${full.peakMb} MB, ${extraMb} MB more than for the empty book`,
    );
    const isWhole =
      full.result.closed && full.result.orders.completed === full.result.charges.count;
    const isWithin = full.seconds < MOST_SECONDS && extraMb < MOST_EXTRA_MB;
    return isWhole && isWithin ? 0 : 1;
  } finally {
    await planted.stop();
    rmSync(folder, { recursive: true });
  }
}

async function measure(readyFile: string): Promise<Measured> {
  const startedAt = performance.now();
  const args = ['reconcile', '--stage', 'local', '--json', '--ready-file', readyFile];
  const tool = spawn(process.execPath, [SLS, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peakMb = 0;
  let cpuSeconds = 0;
  const poll = setInterval(() => {
    peakMb = Math.max(peakMb, peakMbOf(tool.pid));
    cpuSeconds = Math.max(cpuSeconds, cpuSecondsOf(tool.pid));
  }, MEMORY_POLL_MS);
  const printed = await text(tool.stdout);
  clearInterval(poll);
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, cpuSeconds, peakMb, result: reconciliationSchema.parse(JSON.parse(printed)) };
}

/** What Linux tells of a process; nothing once it has ended. */
function processFile(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** The most memory that the process has had. */
function peakMbOf(pid: number | undefined): number {
  const [, kb = '0'] = /VmHWM:\s+(\d+) kB/.exec(processFile(pid, 'status')) ?? [];
  return Math.round(Number(kb) / 1024);
}

/** In user and system mode, in hundredths of a second as Linux counts: proc_pid_stat(5), fields 14 and 15. */
function cpuSecondsOf(pid: number | undefined): number {
  const [user = 0, system = 0] = processFile(pid, 'stat').split(' ').slice(13, 15).map(Number);
  return (user + system) / 100;
}

/** Completed orders of every way, and revived ones. */
async function fill({ stage }: PlantedStage, orders: number): Promise<void> {
  const paid = KINDS.indexOf('declinedSync');
  const indexes = Array.from({ length: orders }, (_, order) => {
    const cycle = Math.floor(order / paid);
    return cycle * KINDS.length + (order % paid);
  });
  await write(stage.outputs.OrdersTableName, indexes.map(orderRow));
  await write(stage.outputs.ChargesTableName, indexes.flatMap(chargeRows));

  async function write(table: string, rows: Row[]): Promise<void> {
    for (let next = 0; next < rows.length; next += WRITTEN_AT_ONCE) {
      const puts = rows
        .slice(next, next + WRITTEN_AT_ONCE)
        .map((Item) => ({ PutRequest: { Item } }));
      await stage.clients.dynamodb.send(
        new BatchWriteItemCommand({ RequestItems: { [table]: puts } }),
      );
    }
  }
}
