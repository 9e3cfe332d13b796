import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ReadyFile } from '../../contracts/readyFile.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { type Reconciliation, reconcile } from '../../ops/reconciliation/reconcile.ts';
import { localStage } from '../../ops/stage.ts';
import { readStatuses } from '../support/statuses.ts';
import { OpenLoop } from './openLoop.ts';

const HELP = `Kills sls local with -9 in the middle of a sale and starts it again on its data, three times:
every order that was answered 202 has to be completed, and charged once.

  npm run test:data                 kills 1, 4 and 9 s into a sale of 60 orders a second
  npm run test:data -- --after 2,7  kills at other moments

Exit 0: nothing lost, nothing charged twice. 1: something was. 2: the service did not start.`;

const ORDERS_PER_SECOND = 60;
/** Messages that were being worked on come again when their visibility timeout is over. */
const SETTLE_SECONDS = 150;

const { values } = parseArgs({
  options: {
    after: { type: 'string', default: '1,4,9' },
    help: { type: 'boolean', default: false },
  },
});
const tell = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const moments = readMoments(values.after);
  const data = mkdtempSync(path.join(tmpdir(), 'flash-sale-data-'));
  const service = await LocalService.onFixedPorts({ flags: ['--data', data] });
  try {
    const accepted = new Set<string>();
    for (const seconds of moments) {
      const { api } = await service.start();
      const sale = await sellAndKill(service, api, seconds);
      for (const orderId of sale.accepted) accepted.add(orderId);
      tell(`Killed after ${seconds} s: ${sale.sent} sent, ${sale.accepted.size} accepted`);
    }
    tell(`Started again: waiting for ${accepted.size} accepted orders`);
    return verdict(await outcomeOf(await service.start(), accepted));
  } finally {
    await service.remove();
    rmSync(data, { recursive: true, force: true });
  }
}

function readMoments(text: string): number[] {
  const moments = text.split(',').map(Number);
  if (moments.every((seconds) => seconds > 0 && seconds <= 30)) return moments;
  throw new Error(
    `--after: must be seconds from 0 to 30, separated by commas, got ${JSON.stringify(text)}`,
  );
}

async function sellAndKill(service: LocalService, api: string, seconds: number): Promise<OpenLoop> {
  const sale = new OpenLoop(api, ORDERS_PER_SECOND);
  await sleep(seconds * 1000);
  await service.kill();
  await sale.stop();
  return sale;
}

interface Outcome {
  accepted: number;
  /** Accepted orders that are not completed, with what they are. */
  lost: string[];
  books: Reconciliation;
}

async function outcomeOf(ready: ReadyFile, accepted: Set<string>): Promise<Outcome> {
  const stage = localStage(ready);
  try {
    const books = await reconcile(stage, { accepted, waitSeconds: SETTLE_SECONDS, onProgress });
    const statuses = await readStatuses(stage);
    const lost = [...accepted].filter((orderId) => statuses.get(orderId) !== 'completed');
    return {
      accepted: accepted.size,
      lost: lost.map((orderId) => `${orderId} is ${statuses.get(orderId) ?? 'not there'}`),
      books,
    };
  } finally {
    stage.close();
  }
}

const onProgress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
};

function verdict({ accepted, lost, books }: Outcome): number {
  const { closed, charges, violations } = books;
  const broken = violations.map(({ rule, orderId, detail }) => `${rule} ${orderId} ${detail}`);
  process.stdout.write(
    [
      `${accepted} accepted, ${accepted - lost.length} of them completed; ${charges.count} charges, books ${closed ? 'closed' : 'open'}`,
      ...[...lost, ...broken].map((fault) => `  ${fault}`),
      '',
    ].join('\n'),
  );
  return closed && lost.length === 0 && accepted > 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: Error) => {
  tell(error.message);
  return 2;
});
