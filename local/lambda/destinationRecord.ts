import type { AsyncEvent } from './asyncEventStore.ts';
import type { FinishedInvocation } from './invocation.ts';

/** How an asynchronous event ended, and what the function answered last, if it was reached. */
export interface EventEnd {
  condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';
  response?: FinishedInvocation;
}

const DEAD_LETTER_MESSAGE_BYTES = 1024;

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations */
export function destinationRecord(
  event: AsyncEvent,
  functionArn: string,
  { condition, response }: EventEnd,
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
    ...(response && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(response.isError && { functionError: 'Unhandled' }),
      },
      responsePayload: JSON.parse(response.payload) as unknown,
    }),
  };
}

/** A function's own dead-letter queue gets the bare event, and the cause in attributes (same page, "dead-letter queues"). */
export function deadLetter(event: AsyncEvent, { condition, response }: EventEnd) {
  const message = response ? errorMessage(response.payload) : condition;
  return {
    body: event.payload,
    attributes: {
      RequestID: event.requestId,
      ErrorCode: response ? '200' : '429',
      ErrorMessage: Buffer.from(message).subarray(0, DEAD_LETTER_MESSAGE_BYTES).toString(),
    },
  };
}

function errorMessage(payload: string): string {
  return String((JSON.parse(payload) as { errorMessage?: unknown }).errorMessage ?? '');
}
