import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runNode } from '../e2e/child.ts';
import { order } from '../journeys/client.ts';
import { ROOT } from '../support/workspace.ts';

/** Enough to keep two cores busy. */
const CONNECTIONS = 16;
const LEAVE_WITHIN_MS = 60_000;
const FIRST_ANSWER_WITHIN_MS = 60_000;

const HEADERS = { 'content-type': 'application/json' };
const BODY = JSON.stringify(order());

export const postOrder = (url: string): Promise<Response> =>
  fetch(url, { method: 'POST', headers: HEADERS, body: BODY });

/** Places so many orders, a few at a time; throws for one that is answered with another status. */
export async function placeOrders(
  url: string,
  orders: number,
  { buyers = CONNECTIONS, status = 202 } = {},
): Promise<void> {
  let placed = 0;
  const buyer = async () => {
    while (placed < orders) {
      placed += 1;
      const answer = await postOrder(url);
      // A body that nobody reads keeps its connection from the next order.
      await answer.bytes();
      if (answer.status !== status) throw new Error(`an order was answered ${answer.status}`);
    }
  };
  await Promise.all(Array.from({ length: buyers }, buyer));
}

/** Of autocannon, as JSON. */
interface LoadReport {
  '2xx': number;
  non2xx: number;
  errors: number;
  duration: number;
  latency: { p97_5: number };
}

export interface Load {
  acceptedPerSecond: number;
  accepted: number;
  /** Refused, or without an answer. */
  failed: number;
  /** 97.5 % of the answers came within. */
  slowMs: number;
}

/**
 * What becomes of orders when buyers always have one on its way, or place so many a second. The load comes from a process of its
 * own.
 */
export async function placeLoad(
  url: string,
  seconds: number,
  ordersPerSecond?: number,
): Promise<Load> {
  const pace = ordersPerSecond === undefined ? [] : ['--overallRate', String(ordersPerSecond)];
  const { status, stdout, output } = await runNode({
    args: [
      path.join(ROOT, 'node_modules/autocannon/autocannon.js'),
      ...['--connections', String(CONNECTIONS), '--duration', String(seconds), '--json', ...pace],
      ...['--method', 'POST', '--headers', 'content-type=application/json', '--body', BODY, url],
    ],
    folder: ROOT,
    environment: {},
    limitMs: seconds * 1000 + LEAVE_WITHIN_MS,
  });
  if (status !== 0) throw new Error(`autocannon ended with status ${status}:\n${output}`);
  const result = JSON.parse(stdout) as LoadReport;
  const { '2xx': accepted, duration, non2xx, errors, latency } = result;
  const acceptedPerSecond = accepted / duration;
  return { acceptedPerSecond, accepted, failed: non2xx + errors, slowMs: latency.p97_5 };
}

/** The same at saturation; throws where nothing was accepted, which no ratio can be made of. */
export async function saturate(url: string, seconds: number): Promise<Load> {
  const load = await placeLoad(url, seconds);
  if (load.accepted === 0) throw new Error(`${url} accepted nothing for ${seconds} s`);
  return load;
}

export const acceptedPerSecond = async (url: string, seconds: number): Promise<number> =>
  (await saturate(url, seconds)).acceptedPerSecond;

export async function untilAccepted(url: string): Promise<void> {
  let answer = 'no answer';
  for (const end = Date.now() + FIRST_ANSWER_WITHIN_MS; Date.now() < end; await sleep(20)) {
    const response = await postOrder(url);
    if (response.status === 202) return;
    answer = `${response.status} ${await response.text()}`;
  }
  throw new Error(`${url} took no order: ${answer}`);
}
