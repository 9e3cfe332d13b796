import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What one request of a buyer was answered. */
export interface Answer {
  status: number;
  problem: string;
  orderId: string;
  mayComeBack: boolean;
  sentAtMs: number;
  answeredAtMs: number;
}

export interface Buyer {
  key: string;
  customerId: number;
  quantity: number;
}

export interface Crowd {
  api: () => string;
  itemId: string;
  buyers: Buyer[];
  /** Requests that are on their way at the same time, at most. */
  atOnce: number;
  /** A buyer who is told that units may come back asks again after this time, as long as anybody sells. */
  askAgainAfterMs: number;
  untilMs: number;
  onAnswer?: (answer: Answer) => void;
}

/** The last answer of each buyer. All of them want to buy from the start. */
export async function buyAtOnce(crowd: Crowd): Promise<Map<string, Answer>> {
  const agent = new Agent({ keepAlive: true, maxSockets: crowd.atOnce });
  const last = new Map<string, Answer>();
  await Promise.all(
    crowd.buyers.map(async (buyer) => {
      for (;;) {
        const answer = await ask(crowd, agent, buyer);
        if (answer !== undefined) {
          last.set(buyer.key, answer);
          crowd.onAnswer?.(answer);
          if (isDecided(answer) || Date.now() > crowd.untilMs) return;
        }
        await sleep(crowd.askAgainAfterMs * (0.5 + Math.random()));
      }
    }),
  );
  agent.destroy();
  return last;
}

/** Sold, or refused for good. */
const isDecided = ({ status, problem, mayComeBack }: Answer): boolean =>
  [200, 202, 402].includes(status) ||
  (status === 409 && isRefusal(problem) && !mayComeBack) ||
  status === 400;

export const isRefusal = (problem: string): boolean => /(sold-out|customer-limit)$/.test(problem);

async function ask(
  { api, itemId }: Crowd,
  agent: Agent,
  { key, customerId, quantity }: Buyer,
): Promise<Answer | undefined> {
  const body = JSON.stringify({
    customer_id: customerId,
    items: [{ item_id: itemId, name: 'A thing', price: 19.99, quantity }],
  });
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  let sentAtMs = Date.now();
  try {
    const asking = httpRequest(new URL('/orders/async?way=queued', api()), {
      ...{ method: 'POST', headers, agent },
      signal: AbortSignal.timeout(60_000),
    });
    asking.once('socket', () => {
      sentAtMs = Date.now();
    });
    asking.end(body);
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    const text = Buffer.concat(await response.toArray()).toString();
    return { ...read(response.statusCode ?? 0, text), sentAtMs, answeredAtMs: Date.now() };
  } catch {
    return undefined;
  }
}

function read(status: number, text: string) {
  const answer = JSON.parse(text) as {
    type?: string;
    order_id?: string;
    errors?: { may_come_back?: boolean }[];
  };
  return {
    status,
    problem: answer.type ?? '',
    orderId: answer.order_id ?? '',
    mayComeBack: answer.errors?.some(({ may_come_back }) => may_come_back) ?? false,
  };
}
