import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type ReadyFile, type Stage } from '../../ops/stage.ts';
import { runProgram } from '../support/program.ts';
import { attackPort, portsOf } from './hostilePorts.ts';
import { killPorts } from './killedPorts.ts';
import { sendOddMessages } from './oddMessages.ts';
import { RequestCampaign, readOrders, residentMb } from './requestCampaign.ts';

const HELP = `Sends what no honest buyer or program sends, drawn from a seed, and proves that nothing comes of it.

  npm run test:inputs                     all of it, about eight minutes
  npm run test:inputs -- --short          a tenth of it, about two minutes
  npm run test:inputs -- --only requests  20,000 generated orders over HTTP: each answer, the table, and memory, which is
                                          first read when every route has been used
  npm run test:inputs -- --only ports     3,000 bad requests to each local port, and each port killed from inside
  npm run test:inputs -- --only messages  500 messages that no intake wrote, beside 200 orders
  npm run test:inputs -- --seed 7         another draw; the same seed brings the same one again
  npm run test:inputs -- --requests 50000 another number of requests
  npm run test:inputs -- --json           one JSON document on stdout

Exit 0: nothing came of it. 1: something did. 2: no start.`;

const COUNTS = {
  whole: { requests: 20_000, badRequests: 3000, messages: 500 },
  short: { requests: 2000, badRequests: 300, messages: 60 },
};
const PARTS = ['requests', 'ports', 'messages'] as const;
/** What starts, compiles and fills buffers only once has then done so. */
const WARM_UP_REQUESTS = 4000;
/** Above the numbers of all cases that are counted, as keys hold them. */
const WARM_UP_INDEX = 10_000_000;
const LEAST_ACCEPTED_SHARE = 0.25;
const MOST_MEMORY_GROWTH = 0.2;
const MOST_MINUTES = 4;
const DRAIN_WITHIN_MS = 120_000;
/** A thread that has nothing to do collects its garbage within it. */
const LEVEL_MS = 10_000;
const LOOK_EVERY_MS = 500;
const CROWD = 16;
const ENVIRONMENT = { PAYMENT_SECONDS: '0.05', SYNC_CONCURRENCY: String(CROWD) };

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    requests: { type: 'string' },
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const tell = (text: string) => process.stderr.write(`${text}\n`);
const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
};

interface Part {
  summary: string;
  faults: string[];
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const seed = readNumber('--seed', values.seed);
  const counts = values.short ? COUNTS.short : COUNTS.whole;
  const requests = readNumber('--requests', values.requests ?? String(counts.requests));
  const parts = readParts(values.only);
  const results: Record<string, Part> = {};
  for (const part of parts) {
    results[part] = await {
      requests: () => checkRequests(seed, requests),
      ports: () => checkPorts(seed, counts.badRequests),
      messages: () => onService((stage) => checkMessages(stage, seed, counts.messages)),
    }[part]();
    progress('');
    tell(`${part}: ${results[part]?.summary}`);
  }
  const faults = Object.values(results).flatMap((result) => result.faults);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ seed, results })}\n`
      : `${[...faults, faults.length === 0 ? 'Nothing came of it.' : `${faults.length} faults, seed ${seed}`].join('\n')}\n`,
  );
  return faults.length === 0 ? 0 : 1;
}

function readNumber(flag: string, text: string): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0) return number;
  throw new Error(`${flag}: must be a whole number above 0, got ${JSON.stringify(text)}`);
}

function readParts(only: string | undefined): (typeof PARTS)[number][] {
  const parts = PARTS.filter((part) => only === undefined || part === only);
  if (parts.length > 0) return parts;
  throw new Error(`--only: must be ${PARTS.join(', ')}, got ${JSON.stringify(only)}`);
}

/** The orders lie in files, so that what the service holds in memory does not grow with them. */
async function checkRequests(seed: number, requests: number): Promise<Part> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-inputs-'));
  const settings = { environment: ENVIRONMENT, flags: ['--data', path.join(folder, 'data')] };
  try {
    return await onService((stage) => sendRequests(stage, seed, requests), settings);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onService(
  check: (stage: Stage) => Promise<Part>,
  settings: { environment: Record<string, string>; flags?: string[] } = {
    environment: ENVIRONMENT,
  },
): Promise<Part> {
  const service = new LocalService(settings);
  try {
    const stage = localStage((await service.start()) as ReadyFile);
    const part = await check(stage);
    stage.close();
    return part;
  } finally {
    await service.remove();
  }
}

async function sendRequests(stage: Stage, seed: number, requests: number): Promise<Part> {
  const pid = stage.runtime?.pid ?? 0;
  const target = { api: stage.outputs.HttpApiUrl, stage, throttledStatus: 503, crowd: CROWD };
  const campaign = await RequestCampaign.on(target);
  await campaign.send(seed + 1, WARM_UP_REQUESTS, WARM_UP_INDEX, (sent) =>
    progress(`warming up: ${sent}`),
  );
  await settle(stage);
  const before = await restingMb(pid);
  const startedAt = performance.now();
  await campaign.send(seed, requests, 0, (sent) => progress(`${sent} of ${requests} requests`));
  const minutes = (performance.now() - startedAt) / 60_000;
  await settle(stage);
  const after = await restingMb(pid);
  const { sent, accepted, refused, turnedAway, stored, faults } = await campaign.close();
  if (accepted < sent * LEAST_ACCEPTED_SHARE) faults.push(`only ${accepted} of ${sent} accepted`);
  if (after > before * (1 + MOST_MEMORY_GROWTH))
    faults.push(`memory grew from ${before.toFixed()} to ${after.toFixed()} MB`);
  if (minutes > MOST_MINUTES) faults.push(`took ${minutes.toFixed(1)} minutes`);
  return {
    summary: `${sent} sent, ${accepted} accepted, ${refused} refused, ${turnedAway} turned away, ${stored} orders stored; at rest ${before.toFixed()} MB after a warm-up of ${WARM_UP_REQUESTS} requests, ${after.toFixed()} MB in the end; ${minutes.toFixed(1)} min`,
    faults,
  };
}

/** Until no order is open. */
async function settle(stage: Stage): Promise<void> {
  const end = Date.now() + DRAIN_WITHIN_MS;
  for (;;) {
    const orders = [...(await readOrders(stage)).values()];
    if (!orders.some(({ status }) => status === 'pending')) return;
    if (Date.now() > end) throw new Error('orders are still pending after two minutes');
    await sleep(500);
  }
}

/** What the process takes, seen from outside, once it falls no more. */
async function restingMb(pid: number): Promise<number> {
  let leastMb = residentMb(pid);
  for (let fellAt = Date.now(); Date.now() - fellAt < LEVEL_MS; await sleep(LOOK_EVERY_MS)) {
    const mb = residentMb(pid);
    if (mb > leastMb - 1) continue;
    leastMb = mb;
    fellAt = Date.now();
  }
  return leastMb;
}

async function checkPorts(seed: number, count: number): Promise<Part> {
  const attacked = await onService(async ({ runtime, outputs }) => {
    const ready = { ...runtime, outputs } as ReadyFile;
    const results = [];
    for (const port of portsOf(ready)) {
      const buy = async () =>
        lookUp(outputs.HttpApiUrl, await buyOrder(outputs.HttpApiUrl, 'queued'));
      const onSent = (sent: number) => progress(`${port.name}: ${sent} of ${count} bad requests`);
      results.push(await attackPort(port, seed, count, buy, onSent));
    }
    return {
      summary: results
        .map(({ port, sent, statuses }) => `${port} ${sent} ${JSON.stringify(statuses)}`)
        .join('; '),
      faults: results.flatMap(({ faults }) => faults),
    };
  });
  const killed = await killPorts((port) => progress(`killed: ${port}`));
  const ends = killed.map(
    ({ port, status, seconds }) => `${port} ${status} in ${seconds.toFixed(1)} s`,
  );
  return {
    summary: `${attacked.summary}; killed: ${ends.join(', ')}`,
    faults: [...attacked.faults, ...killed.flatMap(({ faults }) => faults)],
  };
}

async function checkMessages(stage: Stage, seed: number, count: number): Promise<Part> {
  const buy = (way: string) => buyOrder(stage.outputs.HttpApiUrl, way);
  const { sent, deadLettered, orders, completed, charges, faults } = await sendOddMessages(
    stage,
    seed,
    count,
    buy,
    progress,
  );
  return {
    summary: `${sent} odd messages, ${deadLettered} dead letters; ${orders} orders, ${completed} completed, ${charges} charges`,
    faults,
  };
}

async function buyOrder(api: string, way: string): Promise<string> {
  const item = { item_id: 'item-1', name: 'Product Name', price: 9.99, quantity: 1 };
  const answer = await fetch(`${api}/orders/async?way=${way}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer_id: 1, items: [item] }),
  });
  const { order_id } = (await answer.json()) as { order_id?: string };
  if (answer.status !== 202 || order_id === undefined)
    throw new Error(`an order was answered ${answer.status}`);
  return order_id;
}

async function lookUp(api: string, orderId: string): Promise<void> {
  const { status } = await fetch(`${api}/orders/${orderId}`);
  if (status !== 200) throw new Error(`the order ${orderId} was answered ${status}`);
}

await runProgram(main);
