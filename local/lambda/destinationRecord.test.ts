import { describe, expect, it } from '@jest/globals';
import { ARN, FAILED, queueOf, SUCCEEDED } from './testing/asyncQueue.ts';
import { settle } from './testing/manualClock.ts';

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
});
