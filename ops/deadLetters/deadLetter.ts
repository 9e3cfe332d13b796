import * as z from 'zod';
import { counted } from '../../common/counted.ts';
import { parseJson } from '../../common/json.ts';
import { isOrderId } from '../../lib/domain/order.ts';

/** A message as a queue has it. */
export interface QueuedMessage {
  messageId: string;
  body: string;
  sentTimestamp: number;
  messageAttributes?: Record<string, { StringValue?: string | undefined }> | undefined;
}

/**
 * Who gave a message up. `queue`: received too often. `subscription`: SNS could not hand it over. `invocation`: Lambda
 * gave up the event.
 */
export type GivenUpBy = 'queue' | 'subscription' | 'invocation';

export interface DeadLetter {
  queue: string;
  messageId: string;
  sentAt: string;
  givenUpBy: GivenUpBy;
  /** None for a message that points to no order. */
  orderId: string | undefined;
  /** What the message itself says. */
  said: string | undefined;
  /** A processor was called for it, so that the order's own record may say more. */
  wasTried: boolean;
  body: string;
}

const pointerSchema = z.object({ order_id: z.string().refine(isOrderId) });
const envelopeSchema = z.object({ Message: z.string() });
const eventSchema = z.object({ Records: z.tuple([z.object({ Sns: envelopeSchema })]) });

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations */
const failureSchema = z.object({
  requestContext: z.object({
    condition: z.string(),
    approximateInvokeCount: z.number().optional(),
  }),
  requestPayload: z.unknown(),
  responsePayload: z.object({ errorMessage: z.string() }).optional().catch(undefined),
});

/** What SNS, or Lambda's own dead-letter queue, adds to a message, as AWS and as emulators spell it. */
const ERROR_MESSAGES = ['ErrorMessage', 'ERROR_MESSAGE'];
const ERROR_CODES = ['ErrorCode', 'ERROR_CODE'];

/** Reads a dead letter of any shape; whatever a stranger wrote into one, it is shown. */
export function readDeadLetter(queue: string, message: QueuedMessage): DeadLetter {
  const { messageId, sentTimestamp, body } = message;
  const content = parseJson(body);
  const failure = failureSchema.safeParse(content).data;
  const error = errorOf(message);
  const isEvent = failure !== undefined || eventSchema.safeParse(content).success;
  return {
    queue,
    messageId,
    sentAt: new Date(sentTimestamp).toISOString(),
    givenUpBy: isEvent ? 'invocation' : error === undefined ? 'queue' : 'subscription',
    orderId: orderIdOf(failure ? failure.requestPayload : content),
    said: failure ? describeFailure(failure) : error,
    wasTried: failure
      ? failure.requestContext.approximateInvokeCount !== 0
      : isEvent || error === undefined,
    body,
  };
}

/** The order that a message points to: as it was published, in the envelope of SNS, or in the event that Lambda got. */
function orderIdOf(content: unknown): string | undefined {
  const event = eventSchema.safeParse(content).data;
  const envelope = event?.Records[0].Sns ?? envelopeSchema.safeParse(content).data;
  const message = envelope === undefined ? content : parseJson(envelope.Message);
  return pointerSchema.safeParse(message).data?.order_id;
}

function describeFailure({ requestContext, responsePayload }: z.infer<typeof failureSchema>) {
  const { condition, approximateInvokeCount: calls } = requestContext;
  const after = calls === undefined ? '' : ` after ${counted(calls, 'call')}`;
  return [`${condition}${after}`, responsePayload?.errorMessage].filter(Boolean).join(': ');
}

function errorOf({ messageAttributes = {} }: QueuedMessage): string | undefined {
  const [message, code] = [ERROR_MESSAGES, ERROR_CODES].map(
    (names) => names.map((name) => messageAttributes[name]?.StringValue).filter((text) => text)[0],
  );
  return message ?? code;
}
