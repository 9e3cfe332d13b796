import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetterChange } from '../../contracts/deadLetters.ts';
import { snsOrderPublisher } from '../../lib/adapters/snsOrderPublisher.ts';
import type { AsyncOrder } from '../../lib/domain/order.ts';
import type { Stage } from '../stage.ts';
import type { DeadLetter } from './deadLetter.ts';
import { type DeadLetterQueue, deadLetterQueues, longestHoldMs } from './deadLetterQueue.ts';
import { heldBy, type JudgedLetter, judgeLetters } from './judgedLetter.ts';

export type LetterAction = DeadLetterChange['action'];

export interface ChangeOptions {
  /** Orders a second. */
  rate?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((text: string) => void) | undefined;
}

/** What becomes of a letter: something is done for its order, it goes alone, or it stays for the reason given. */
type Fate = 'done' | 'ended' | { keptFor: string };

export const DEFAULT_RATE = 50;
const GONE = 'was no longer there, or is held by somebody else';

/** What would become of the letters as they stand. */
export function planChange(action: LetterAction, letters: JudgedLetter[]): DeadLetterChange {
  const change = { ...emptyChange(action, letters), applied: false };
  for (const letter of letters) count(change, fateOf(action, letter));
  return change;
}

/**
 * Does it, for these letters and no others: what came meanwhile stays. Each is done completely before its message is
 * deleted, so that whatever ends this early leaves a letter that can be sent back again.
 */
export async function changeLetters(
  stage: Stage,
  action: LetterAction,
  letters: JudgedLetter[],
  options: ChangeOptions = {},
): Promise<DeadLetterChange> {
  const change = { ...emptyChange(action, letters), applied: true };
  const left = new Set(letters.map(keyOf));
  const pace = paceOf(options.rate ?? DEFAULT_RATE);
  const work = async (queue: DeadLetterQueue, letter: JudgedLetter) => {
    const fate = fateOf(action, letter);
    if (fate === 'done') await pace();
    options.signal?.throwIfAborted();
    count(change, await apply(stage, action, queue, letter, fate));
    left.delete(keyOf(letter));
    options.onProgress?.(`${letters.length - left.size} of ${letters.length} messages`);
  };
  const queues = deadLetterQueues(stage);
  await Promise.all(queues.map((queue) => changeQueue(stage, queue, left, work, options.signal)));
  for (const _ of left) count(change, { keptFor: GONE });
  return change;
}

const keyOf = ({ queue, messageId }: DeadLetter): string => `${queue}/${messageId}`;

const emptyChange = (action: LetterAction, letters: JudgedLetter[]) => ({
  ...{ action, messages: letters.length, cents: heldBy(letters).cents },
  ...{ done: 0, ended: 0, kept: {} as Record<string, number> },
});

function count(change: DeadLetterChange, fate: Fate): void {
  if (typeof fate === 'string') change[fate] += 1;
  else change.kept[fate.keptFor] = (change.kept[fate.keptFor] ?? 0) + 1;
}

function fateOf(action: LetterAction, { order, noOrder }: JudgedLetter): Fate {
  if (order !== undefined) return order.status === 'pending' ? 'done' : 'ended';
  return action === 'discard' ? 'ended' : { keptFor: noOrder ?? '' };
}

async function apply(
  stage: Stage,
  action: LetterAction,
  queue: DeadLetterQueue,
  letter: JudgedLetter,
  fate: Fate,
): Promise<Fate> {
  if (typeof fate !== 'string') return fate;
  if (fate === 'done') {
    const refusal =
      action === 'redrive' ? await publish(stage, letter) : await cancel(stage, letter);
    if (refusal !== undefined) return { keptFor: refusal };
  }
  await queue.delete(letter);
  return fate;
}

async function publish({ outputs, clients }: Stage, { order }: JudgedLetter): Promise<undefined> {
  const publisher = snsOrderPublisher(clients.sns, outputs.OrderTopicArn, Date);
  await publisher.publish(order as AsyncOrder);
}

/** Through the door that buyers have, which alone decides whether an order can still be cancelled. */
async function cancel({ outputs }: Stage, { orderId }: JudgedLetter): Promise<string | undefined> {
  const response = await fetch(`${outputs.HttpApiUrl}/orders/${orderId}`, { method: 'DELETE' });
  if (response.ok) return undefined;
  return response.status === 409
    ? 'its charge was begun: send it back instead'
    : `the service answered ${response.status} when it was asked to cancel the order`;
}

/** Goes through a queue until the letters that are left are done. Those that somebody holds are waited for. */
async function changeQueue(
  stage: Stage,
  queue: DeadLetterQueue,
  left: ReadonlySet<string>,
  work: (queue: DeadLetterQueue, letter: JudgedLetter) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isLeft = () => [...left].some((key) => key.startsWith(`${queue.name}/`));
  let waitUntil = Date.now() + longestHoldMs();
  try {
    while (isLeft() && Date.now() < waitUntil) {
      const found = await queue.receive(signal);
      const meant = found.filter((letter) => left.has(keyOf(letter)));
      // As they stand now: an order may have ended since it was listed.
      const judged = await judgeLetters(stage, meant);
      const results = await Promise.allSettled(judged.map((letter) => work(queue, letter)));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      if (found.length > 0) waitUntil = Date.now() + longestHoldMs();
    }
  } finally {
    await queue.release();
  }
}

/** Lets so many a second pass, evenly. */
function paceOf(perSecond: number): () => Promise<void> {
  let nextMs = 0;
  return async () => {
    const nowMs = Date.now();
    nextMs = Math.max(nextMs + 1000 / perSecond, nowMs);
    await sleep(nextMs - nowMs);
  };
}
