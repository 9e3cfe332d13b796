import type { AsyncEvent } from './asyncEventStore.ts';

export type FailureCondition = 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

/** How an asynchronous event ended, and what the function answered last (JSON text), if it was reached. */
export interface EventEnd {
  condition: 'Success' | FailureCondition;
  answer: string | undefined;
}

const DEAD_LETTER_MESSAGE_BYTES = 1024;

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations */
export function destinationRecord(
  event: AsyncEvent,
  functionArn: string,
  { condition, answer }: EventEnd,
  now: Date,
) {
  return {
    version: '1.0',
    timestamp: now.toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: event.failedAttempts + (condition === 'Success' ? 1 : 0),
    },
    requestPayload: JSON.parse(event.payload) as unknown,
    ...(answer !== undefined && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(condition !== 'Success' && { functionError: 'Unhandled' }),
      },
      responsePayload: JSON.parse(answer) as unknown,
    }),
  };
}

/** A function's own dead-letter queue gets the bare event, and the cause in attributes (same page, "dead-letter queues"). */
export function deadLetter(event: AsyncEvent, { condition, answer }: EventEnd) {
  const message = Buffer.from(answer === undefined ? condition : errorMessage(answer));
  return {
    body: event.payload,
    attributes: {
      RequestID: event.requestId,
      ErrorCode: answer === undefined ? '429' : '200',
      ErrorMessage: wholeCharacters(message.subarray(0, DEAD_LETTER_MESSAGE_BYTES)),
    },
  };
}

/** SQS and SNS take no attribute without a value. */
function errorMessage(payload: string): string {
  const { errorMessage, errorType } = JSON.parse(payload) as Record<string, unknown>;
  return String(errorMessage || errorType || 'Unhandled');
}

/** A character that is cut at the end is left out. */
const wholeCharacters = (bytes: Uint8Array) => new TextDecoder().decode(bytes, { stream: true });
