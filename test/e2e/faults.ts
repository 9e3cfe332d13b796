import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Stage } from '../../ops/stage.ts';
import { order } from '../journeys/client.ts';
import type { JourneyTarget } from '../journeys/target.ts';
import { type Checks, tell } from './checks.ts';
import { orderMessage } from './events.ts';
import { FaultStage, idOf } from './faultStage.ts';

const CASES: Record<string, (stage: FaultStage) => Promise<void>> = {
  'messages that come twice, at once and after the end, are one charge': duplicates,
  'messages that come late and the last ones first are one charge each': outOfOrder,
  'poison beside good orders: those are paid, the poison is dead-lettered': poison,
  'a declined payment is final on every way and takes no money': declined,
  'a charge that never begins is dead-lettered on both ways, uncharged': before,
  'a charge that begins without an answer is one charge, after a redelivery': after,
  'a provider that never answers is asked, and charges once': never,
  'a sync buyer who hangs up in mid-payment is charged once': hangUp,
  'ten requests with one key at once on the sync way are one charge': sameKey,
};

const CANNOT_SHOW = [
  'SNS, SQS or DynamoDB that fail or do not answer, a publish that arrives though its caller saw an error, an acknowledgement that fails: MiniStack cannot be told to fail',
  'an environment killed in mid-payment: MiniStack gives it no address',
  'a function timeout in mid-payment, and an intake killed between put and publish: both take a point in the code to strike at, and what is deployed here is the code as it ships, whose functions outlast every call they make',
  'the whole process killed and restarted: MiniStack keeps its queues in memory',
  'retries of what SNS hands to Lambda: MiniStack invokes once and drops a failure, so here the message is sent again by an asynchronous invocation, which it does retry',
  'throttled batches: MiniStack never throttles an event source mapping',
];

/** The faults that MiniStack can show, each with the books closed after it, and a list of those it cannot. */
export async function checkFaults(
  checks: Checks,
  stage: Stage,
  target: JourneyTarget,
): Promise<void> {
  const faultStage = new FaultStage(stage, target);
  await faultStage.shortenVisibility(1);
  for (const [name, run] of Object.entries(CASES)) {
    await checks.run(`fault: ${name}; the books close`, async () => {
      await run(faultStage);
      await faultStage.booksClose();
    });
  }
  faultStage.close();
  tell(
    `Faults that MiniStack cannot show:\n${CANNOT_SHOW.map((line) => `  - ${line}`).join('\n')}`,
  );
}

async function duplicates(stage: FaultStage): Promise<void> {
  const id = await stage.place('queued');
  await stage.send([orderMessage(id), orderMessage(id), orderMessage(id)]);
  await stage.ends(id, 'completed', 1);

  await stage.send([orderMessage(id)]);
  await stage.untilMessagesIn('OrderQueueUrl', 0);
  await stage.ends(id, 'completed', 1);
}

async function outOfOrder(stage: FaultStage): Promise<void> {
  const ids = await Promise.all(Array.from({ length: 6 }, () => stage.place('queued')));
  const lastFirst = ids.toReversed().map(orderMessage);
  await stage.send(lastFirst);
  for (const id of ids) await stage.ends(id, 'completed', 1);

  await stage.send(lastFirst);
  await stage.untilMessagesIn('OrderQueueUrl', 0);
  for (const id of ids) await stage.ends(id, 'completed', 1);
}

async function poison(stage: FaultStage): Promise<void> {
  const deadLetters = await stage.messagesIn('OrderDeadLetterQueueUrl');
  const ids = await Promise.all(Array.from({ length: 7 }, () => stage.place('queued')));
  await stage.send(['poison', '{"version":1}', orderMessage(`ord_${'0'.repeat(32)}`)]);

  for (const id of ids) await stage.ends(id, 'completed', 1);
  await stage.untilMessagesIn('OrderDeadLetterQueueUrl', deadLetters + 3);
}

async function declined(stage: FaultStage): Promise<void> {
  assert.equal((await stage.post('/orders/sync', 'fault-decline')).status, 402);
  const queued = await stage.place('queued', 'fault-decline');
  const direct = await stage.place('direct', 'fault-decline');
  await stage.ends(queued, 'declined', 0);
  await stage.ends(direct, 'declined', 0);

  await stage.send([orderMessage(queued)]);
  await stage.untilMessagesIn('OrderQueueUrl', 0);
  await stage.ends(queued, 'declined', 0);
}

async function before(stage: FaultStage): Promise<void> {
  const ofQueue = await stage.messagesIn('OrderDeadLetterQueueUrl');
  const ofDirect = await stage.messagesIn('DirectDeadLetterQueueUrl');
  const queued = await stage.place('queued', 'fault-before');
  const direct = await stage.place('direct', 'fault-before');
  await stage.notify(direct);

  await stage.untilMessagesIn('OrderDeadLetterQueueUrl', ofQueue + 1);
  await stage.untilMessagesIn('DirectDeadLetterQueueUrl', ofDirect + 1);
  assert.equal(await stage.books.chargesOf(queued), 0);
  assert.equal(await stage.books.chargesOf(direct), 0);
}

async function after(stage: FaultStage): Promise<void> {
  const queued = await stage.place('queued', 'fault-after');
  const direct = await stage.place('direct', 'fault-after');
  await stage.notify(direct);

  await stage.ends(queued, 'completed', 1);
  await stage.ends(direct, 'completed', 1);
}

async function never(stage: FaultStage): Promise<void> {
  const queued = await stage.place('queued', 'fault-never');
  const direct = await stage.place('direct', 'fault-never');
  const sync = await stage.post('/orders/sync', 'fault-never');

  assert.equal(sync.status, 200);
  for (const id of [queued, direct, idOf(sync)]) await stage.ends(id, 'completed', 1);
}

async function hangUp(stage: FaultStage): Promise<void> {
  const headers = { 'idempotency-key': randomUUID() };
  const customer_id = 7_000_000 + (process.pid % 1_000_000);
  const patience = AbortSignal.timeout(200);
  await assert.rejects(stage.buyer.post('/orders/sync', order({ customer_id }), headers, patience));
  const id = await stage.books.untilOrderOf(customer_id);
  await stage.ends(id, 'completed', 1);

  const again = await stage.buyer.post('/orders/sync', order({ customer_id }), headers);
  assert.equal(again.status, 200);
  assert.equal(idOf(again), id);
}

async function sameKey(stage: FaultStage): Promise<void> {
  const headers = { 'idempotency-key': randomUUID() };
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => stage.buyer.post('/orders/sync', order(), headers)),
  );
  // Paid, already being paid, or no payment slot left.
  const others = answers.filter(({ status }) => ![200, 409, 429].includes(status));
  assert.deepEqual(others, []);
  const ids = new Set(answers.filter(({ status }) => status === 200).map(idOf));
  assert.equal(ids.size, 1);
  await stage.ends([...ids][0] ?? '', 'completed', 1);
}
