import type { Way } from '../../lib/domain/order.ts';
import type { GatewayResponse } from '../../local/gateway/integrationResponse.ts';
import type { Answers } from './answers.ts';
import type { Buyer } from './history.ts';
import type { Stage } from './stage.ts';
import { ITEM, type World } from './world.ts';

const POLL_AT_MOST_MS = 60_000;

/** What a buyer lives through from the first request on. */
export async function shop(
  buyer: Buyer,
  world: World,
  stage: Stage,
  answers: Answers,
): Promise<void> {
  const { clock } = world;
  await Promise.all([
    orderAndFollow(buyer, world, stage, answers),
    buyer.againMs !== undefined &&
      clock.sleep(buyer.againMs).then(() => post(buyer, world, stage, answers)),
    buyer.cancelsMs !== undefined &&
      clock.sleep(buyer.cancelsMs).then(() => cancel(buyer, world, stage, answers)),
  ]);
}

async function orderAndFollow(buyer: Buyer, world: World, stage: Stage, answers: Answers) {
  let answer = await post(buyer, world, stage, answers);
  for (let repeat = 0; repeat < buyer.repeats && !isSettled(answer); repeat += 1) {
    await world.clock.sleep(1000 * Number(headerOf(answer, 'retry-after') ?? 2));
    answer = await post(buyer, world, stage, answers);
  }
  if (answer?.status !== 202) return;
  // A page that shows the order goes on to it at once.
  if (buyer.polls > 0) await look(buyer, world, stage, answers);
  for (let poll = 0; poll < buyer.polls; poll += 1) {
    const afterMs = 1000 * Number(headerOf(answer, 'retry-after') ?? 60);
    await world.clock.sleep(Math.min(afterMs, POLL_AT_MOST_MS));
    answer = await look(buyer, world, stage, answers);
  }
}

const isSettled = (answer: GatewayResponse | undefined): boolean =>
  answer !== undefined && answer.status < 409;

async function post(buyer: Buyer, world: World, stage: Stage, answers: Answers) {
  const { number, way, quantity, patienceMs } = buyer;
  const { chronicle, clock } = world;
  const step = chronicle.step('request', `buyer ${number} sends order ${number} (${way})`);
  const asked = stage.request(ROUTE[way], {
    headers: { 'content-type': 'application/json', 'idempotency-key': `key-${number}` },
    ...(way !== 'sync' && { queryStringParameters: { way } }),
    body: { customer_id: number, items: [{ ...ITEM, quantity }] },
  });
  const heard = asked?.then((answer) => {
    answers.posted(buyer, answer);
    step.text += `, and is answered ${answer.status} after ${chronicle.elapsedMs - step.atMs} ms`;
    return answer;
  });
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<undefined>();
  const stay = clock.after(patienceMs, () => giveUp(undefined));
  return Promise.race([heard, gaveUp]).finally(stay);
}

async function look({ number }: Buyer, world: World, stage: Stage, answers: Answers) {
  const wasTaken = answers.isTaken(number);
  const answer = await stage.request('GET /orders/{order_id}', pathOf(number, world));
  if (answer) answers.looked(number, answer, wasTaken);
  return answer;
}

async function cancel({ number }: Buyer, world: World, stage: Stage, answers: Answers) {
  const step = world.chronicle.step('request', `buyer ${number} cancels order ${number}`);
  const answer = await stage.request('DELETE /orders/{order_id}', pathOf(number, world));
  if (answer === undefined) return;
  answers.cancelled(number, answer);
  step.text += `, and is answered ${answer.status}`;
}

const pathOf = (number: number, world: World) => ({
  headers: {},
  pathParameters: { order_id: world.orderIdOf(number) },
});

const ROUTE: Record<Way, string> = {
  sync: 'POST /orders/sync',
  queued: 'POST /orders/async',
  direct: 'POST /orders/async',
};

export const headerOf = (answer: GatewayResponse | undefined, name: string): string | undefined =>
  answer?.headers.find(([key]) => key === name)?.[1];
