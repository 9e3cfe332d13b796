import type { DeadLetters } from '../../contracts/orderPanelsApi.ts';
import type { ReadyFile } from '../../contracts/readyFile.ts';
import { readDeadLetter } from '../../ops/deadLetters/deadLetter.ts';
import {
  groupByCause,
  type JudgedLetter,
  judgeLetters,
} from '../../ops/deadLetters/judgedLetter.ts';
import { messagesOf } from '../messages.ts';
import { type OrderStage, orderQueues } from './orderStage.ts';

export const MOST_DEAD_LETTERS = 500;
const MOST_CHARACTERS = 2000;

/** Every message that was given up, whoever holds it: the emulator lists its queues without receiving from them. */
export async function allDeadLetters(ready: ReadyFile, stage: OrderStage): Promise<JudgedLetter[]> {
  const { orderDeadLetters, directDeadLetters } = orderQueues(ready);
  const names = [orderDeadLetters, directDeadLetters].filter((name) => name !== '');
  const read = await Promise.all(
    names.map(async (name) =>
      (await messagesOf(ready, name)).map((message) => readDeadLetter(name, message)),
    ),
  );
  const letters = read.flat();
  const hasOrders = letters.some(({ orderId }) => orderId !== undefined);
  return judgeLetters(hasOrders ? stage.get() : undefined, letters);
}

/** Their causes, and the newest of them. */
export async function readDeadLetters(ready: ReadyFile, stage: OrderStage): Promise<DeadLetters> {
  const letters = await allDeadLetters(ready, stage);
  const newestFirst = letters.toSorted((a, b) => b.sentAt.localeCompare(a.sentAt));
  return {
    count: letters.length,
    causes: groupByCause(letters),
    letters: newestFirst.slice(0, MOST_DEAD_LETTERS).map(shownLetter),
  };
}

const shownLetter = ({ queue, messageId, sentAt, orderId, ...letter }: JudgedLetter) => ({
  ...{ queue, messageId, sentAt, orderId, causeId: letter.causeId },
  cause: letter.cause.slice(0, MOST_CHARACTERS),
  status: letter.status,
  attempts: letter.attempts,
  body: letter.body.slice(0, MOST_CHARACTERS),
});
