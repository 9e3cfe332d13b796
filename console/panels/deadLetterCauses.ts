import * as z from 'zod';
import { parseJson } from '../../common/json.ts';
import type { DeadLetter, DeadLetters } from '../../contracts/orderPanelsApi.ts';
import type { ReadyFile } from '../../contracts/readyFile.ts';
import { orderIdIn } from '../../lib/domain/order.ts';
import { messagesOf, type QueuedMessage } from '../messages.ts';
import { readOrder } from './orderBook.ts';
import { type OrderStage, orderQueues } from './orderStage.ts';

export const MOST_DEAD_LETTERS = 500;
const MOST_CHARACTERS = 2000;

/** What was given up, the newest first, with what the orders' own records say of it. */
export async function readDeadLetters(ready: ReadyFile, stage: OrderStage): Promise<DeadLetters> {
  const { orderDeadLetters, directDeadLetters } = orderQueues(ready);
  const names = [orderDeadLetters, directDeadLetters].filter((name) => name !== '');
  const letters = await Promise.all(
    names.map(async (name) =>
      (await messagesOf(ready, name)).map((message) => readDeadLetter(name, message)),
    ),
  );
  const all = letters.flat().sort((a, b) => b.sentAt.localeCompare(a.sentAt));
  const shown = await Promise.all(
    all.slice(0, MOST_DEAD_LETTERS).map(async (letter) => ({
      ...letter,
      ...(letter.orderId !== undefined && (await orderState(stage, letter.orderId))),
    })),
  );
  return { count: all.length, letters: shown };
}

const attemptsSchema = z.object({
  attempts: z.number().catch(0),
  last_error: z.object({ cause: z.string() }).optional().catch(undefined),
});

/** The order's own record tells why its last attempt failed; the message only that it did. */
async function orderState(stage: OrderStage, orderId: string): Promise<Partial<DeadLetter>> {
  const stored = await readOrder(stage.get(), orderId).catch(() => undefined);
  if (!stored) return {};
  const { attempts, last_error } = attemptsSchema.parse(stored.order);
  return { status: stored.order.status, attempts, ...last_error };
}

/** Reads a dead letter of any of the three kinds: the queue's own, the subscription's, Lambda's record of a failure. */
export function readDeadLetter(queue: string, message: QueuedMessage): DeadLetter {
  return {
    queue,
    messageId: message.messageId,
    sentAt: new Date(message.sentTimestamp).toISOString(),
    orderId: orderIdIn(message.body),
    cause: causeOf(message)?.slice(0, MOST_CHARACTERS),
    body: message.body.slice(0, MOST_CHARACTERS),
  };
}

/** Lambda's record of a failure, as far as it says why; a record of a stranger says nothing. */
const failureSchema = z.object({
  requestContext: z.object({
    condition: z.string(),
    approximateInvokeCount: z.number().optional(),
  }),
  responsePayload: z.object({ errorMessage: z.string() }).optional().catch(undefined),
});

function causeOf({ body, messageAttributes = {} }: QueuedMessage): string | undefined {
  const attribute = messageAttributes.ERROR_MESSAGE ?? messageAttributes.ErrorMessage;
  if (attribute?.StringValue !== undefined) return attribute.StringValue;
  const { data: record } = failureSchema.safeParse(parseJson(body));
  if (!record) return undefined;
  const { condition, approximateInvokeCount: calls } = record.requestContext;
  const said = record.responsePayload?.errorMessage;
  return [`${condition} after ${calls} calls`, said].filter(Boolean).join(': ');
}
