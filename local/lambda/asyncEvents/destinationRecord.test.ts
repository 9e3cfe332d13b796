import { describe, expect, it } from '@jest/globals';
import { ARN, FAILED, queueOf, SUCCEEDED, THROTTLED } from '../testing/asyncQueue.ts';
import { settle } from '../testing/manualClock.ts';
import type { AsyncEvent } from './asyncEventStore.ts';
import { deadLetter } from './destinationRecord.ts';

const HOUR = 3_600_000;

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
describe('the record of an asynchronous event', () => {
  it('that failed goes to the failure destination with request, response and number of attempts', async () => {
    const settings = { onFailureArn: 'arn:failed', onSuccessArn: 'arn:done' };
    const { queue, clock, sent } = queueOf({ answer: FAILED, settings });

    queue.accept('work', '{"order":7}', 'r1');
    await clock.advance(HOUR);

    expect(sent.map(({ arn }) => arn)).toEqual(['arn:failed']);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      version: '1.0',
      timestamp: '2026-01-01T00:03:00.000Z',
      requestContext: {
        requestId: 'r1',
        functionArn: `${ARN}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { order: 7 },
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: 'Unhandled',
      },
      responsePayload: { errorType: 'Error', errorMessage: 'no luck' },
    });
  });

  // Recorded from AWS, which does not wait for an age that the next attempt would exceed:
  // https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/lambda_/test_lambda_destinations.py (test_maxeventage)
  it('that would be too old at its next attempt has the last response, and goes without the wait', async () => {
    const settings = { onFailureArn: 'arn:failed', maximumEventAgeSeconds: 60 };
    const { queue, sent } = queueOf({ answer: FAILED, settings });

    queue.accept('work', '{"order":7}', 'r1');
    await settle();

    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({
      requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'no luck' },
    });
  });

  it('that failed once and was throttled until it was too old has the last response', async () => {
    let isFirst = true;
    const answer = () => {
      const response = isFirst ? FAILED() : THROTTLED();
      isFirst = false;
      return response;
    };
    const settings = { onFailureArn: 'arn:failed', maximumEventAgeSeconds: 3600 };
    const { queue, clock, sent } = queueOf({ answer, settings });

    queue.accept('work', '{}', 'r1');
    await clock.advance(HOUR);

    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({
      requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 1 },
      responsePayload: { errorMessage: 'no luck' },
    });
  });

  it('that succeeded goes to the success destination', async () => {
    const settings = { onFailureArn: 'arn:failed', onSuccessArn: 'arn:done' };
    const { queue, sent } = queueOf({ answer: SUCCEEDED, settings });

    queue.accept('work', '{"order":7}', 'r1');
    await settle();

    expect(sent.map(({ arn }) => arn)).toEqual(['arn:done']);
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({
      requestContext: { condition: 'Success', approximateInvokeCount: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: { ok: true },
    });
  });

  it("goes to the function's own dead-letter queue as the bare event with the cause in attributes", async () => {
    const { queue, clock, sent } = queueOf({ answer: FAILED, deadLetterArn: 'arn:dead' });

    queue.accept('work', '{"order":7}', 'r1');
    await clock.advance(HOUR);

    expect(sent).toEqual([
      {
        arn: 'arn:dead',
        body: '{"order":7}',
        attributes: { RequestID: 'r1', ErrorCode: '200', ErrorMessage: 'no luck' },
      },
    ]);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
  it.each([
    [
      'the first 1 KB of a long error message, in whole characters',
      `${'x'.repeat(1022)}🍕`,
      'x'.repeat(1022),
    ],
    ['the type of an error without a message', '', 'SoldOut'],
  ])('has %s in its dead letter', (_what, errorMessage, expected) => {
    const event = { requestId: 'r1', payload: '{}' } as AsyncEvent;
    const answer = JSON.stringify({ errorType: 'SoldOut', errorMessage });

    const { attributes } = deadLetter(event, { condition: 'RetriesExhausted', answer });

    expect(attributes.ErrorMessage).toBe(expected);
  });
});
