import { orderIdIn } from '../lib/domain/order.ts';
import type { QueuedMessage } from './messages.ts';

/** A message that was given up, and why. */
export interface DeadLetter {
  queue: string;
  messageId: string;
  sentAt: string;
  orderId: string | undefined;
  /** What the queue, SNS or Lambda says; the order's own record may know more. */
  cause: string | undefined;
  body: string;
}

const MOST_CHARACTERS = 2000;

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

interface FailureRecord {
  requestContext?: { condition?: string; approximateInvokeCount?: number };
  responsePayload?: { errorMessage?: string } | null;
}

function causeOf({ body, messageAttributes = {} }: QueuedMessage): string | undefined {
  const attribute = messageAttributes.ERROR_MESSAGE ?? messageAttributes.ErrorMessage;
  if (attribute?.StringValue !== undefined) return attribute.StringValue;
  const record = parse(body) as FailureRecord | undefined;
  const condition = record?.requestContext?.condition;
  if (condition === undefined) return undefined;
  const tries = record?.requestContext?.approximateInvokeCount;
  const said = record?.responsePayload?.errorMessage;
  return [`${condition} after ${tries} calls`, said].filter(Boolean).join(': ');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
