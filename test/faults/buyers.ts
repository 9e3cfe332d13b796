import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Way } from '../../lib/domain/order.ts';
import { draw } from './faults.ts';

export interface Buying {
  seed: number;
  /** Makes the keys of this sale differ from those of another. */
  name: string;
  orders: number;
  ways: Way[];
  /** Buyers at the same time. */
  crowd: number;
  /** The item that an order contains. */
  itemOf: (index: number) => string;
  /** Share of sync buyers who hang up in mid-payment. */
  hangUpShare: number;
  onHangUp: () => void;
  /** Where the service is now: it moves when it is killed and started again. */
  api: () => string;
  onAccepted: (orderId: string, index: number) => Promise<void>;
}

export interface Bought {
  /** Order id of each key that was answered 200 or 202. */
  accepted: Map<string, string>;
  declined: number;
  soldOut: number;
  /** Keys that never got an answer that decides. */
  undecided: string[];
  /** Keys that were answered with two different orders. */
  contradictions: string[];
}

const TRY_FOR_MS = 60_000;
const ANSWER_WITHIN_MS = 20_000;

/** A crowd that buys with idempotency keys, and asks again with the same key until it knows where it stands. */
export async function buy(buying: Buying): Promise<Bought> {
  const bought: Bought = {
    accepted: new Map(),
    declined: 0,
    soldOut: 0,
    undecided: [],
    contradictions: [],
  };
  const agent = new Agent({ keepAlive: true, maxSockets: buying.crowd });
  let next = 0;
  const buyer = async () => {
    for (let index = next++; index < buying.orders; index = next++)
      await buyOne(buying, agent, index, bought);
  };
  await Promise.all(Array.from({ length: buying.crowd }, buyer));
  agent.destroy();
  return bought;
}

async function buyOne(buying: Buying, agent: Agent, index: number, bought: Bought): Promise<void> {
  const key = `${buying.name.replaceAll(/\W+/g, '-')}-${buying.seed}-${index}`;
  const way =
    buying.ways[Math.floor(draw(buying.seed, 'way', index) * buying.ways.length)] ?? 'queued';
  const isHangingUp = way === 'sync' && draw(buying.seed, 'hang up', index) < buying.hangUpShare;
  for (let attempt = 0, end = Date.now() + TRY_FOR_MS; Date.now() < end; attempt += 1) {
    const patienceMs =
      isHangingUp && attempt === 0
        ? 60 + 80 * draw(buying.seed, 'patience', index)
        : ANSWER_WITHIN_MS;
    const answer = await post(buying, agent, { key, way, index, patienceMs });
    if (answer === undefined && isHangingUp && attempt === 0) buying.onHangUp();
    if (answer !== undefined && (await isDecided(answer, { buying, bought, key, index }))) return;
    await sleep(100 + 300 * draw(buying.seed, 'pause', index, attempt));
  }
  bought.undecided.push(key);
}

interface Sale {
  buying: Buying;
  bought: Bought;
  key: string;
  index: number;
}

async function isDecided(
  { status, orderId, isSoldOut }: Answer,
  { buying, bought, key, index }: Sale,
): Promise<boolean> {
  if (status === 402) {
    bought.declined += 1;
    return true;
  }
  if (isSoldOut) {
    bought.soldOut += 1;
    return true;
  }
  if (status === 400) throw new Error(`the order of key ${key} was refused as invalid`);
  if (status !== 200 && status !== 202) return false;
  const known = bought.accepted.get(key);
  if (known !== undefined && known !== orderId) bought.contradictions.push(key);
  bought.accepted.set(key, orderId);
  await buying.onAccepted(orderId, index);
  return true;
}

interface Answer {
  status: number;
  orderId: string;
  isSoldOut: boolean;
}

interface Attempt {
  key: string;
  way: Way;
  index: number;
  patienceMs: number;
}

/** One request; undefined when no answer came. */
async function post(
  { api, itemOf }: Buying,
  agent: Agent,
  attempt: Attempt,
): Promise<Answer | undefined> {
  const { key, way, index, patienceMs } = attempt;
  const route = way === 'sync' ? '/orders/sync' : `/orders/async?way=${way}`;
  const price = (100 + (index % 997)) / 100;
  const body = JSON.stringify({
    customer_id: index + 1,
    items: [{ item_id: itemOf(index), name: 'A thing', price, quantity: 1 + (index % 3) }],
  });
  try {
    const signal = AbortSignal.timeout(Math.round(patienceMs));
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const asking = httpRequest(new URL(route, api()), { method: 'POST', headers, agent, signal });
    asking.end(body);
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    const text = Buffer.concat(await response.toArray()).toString();
    const isSoldOut = text.includes('urn:flash-sale:problem:sold-out');
    return { status: response.statusCode ?? 0, orderId: orderIdOf(text), isSoldOut };
  } catch {
    return undefined;
  }
}

function orderIdOf(text: string): string {
  try {
    return (JSON.parse(text) as { order_id?: string }).order_id ?? '';
  } catch {
    return '';
  }
}
