import { afterAll, describe, expect, it } from '@jest/globals';
import { Lambda } from './lambda.ts';
import { functionModel } from './testing/functions.ts';
import { ManualClock } from './testing/manualClock.ts';
import { ACCOUNT, startLambda, stopLambdas, until } from './testing/startLambda.ts';

const SLOW = `exports.handler = async ({ waitMs }) => {
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  return 'done';
};`;

afterAll(stopLambdas);

describe('a Lambda', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
  it('runs asynchronous events with retries, destination and request id of their own', async () => {
    const clock = new ManualClock();
    const sent: { arn: string; body: string }[] = [];
    const model = functionModel(`exports.handler = async () => { throw new Error('no luck'); };`);
    const { lambda } = await startLambda([model], {
      clock,
      sendToArn: async (arn, body) => void sent.push({ arn, body }),
      asyncInvocation: [
        {
          functionName: model.name,
          maximumRetryAttempts: 1,
          maximumEventAgeSeconds: 3600,
          onFailureArn: 'arn:failed',
          onSuccessArn: undefined,
        },
      ],
    });

    const { requestId } = await lambda.invoke(model.name, '{"order":7}', { type: 'Event' });
    await until(() => lambda.snapshot().async.work?.retried === 1);
    await clock.advance(60_000);
    await until(() => sent.length === 1);

    expect(sent[0]?.arn).toBe('arn:failed');
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({
      requestContext: { requestId, condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      requestPayload: { order: 7 },
      responsePayload: { errorType: 'Error', errorMessage: 'no luck' },
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
  it('starts all its asynchronous events at once while there is concurrency', async () => {
    const { lambda } = await startLambda([functionModel(SLOW)]);

    for (let event = 0; event < 60; event++)
      await lambda.invoke('shop-test-work', '{"waitMs":100}', { type: 'Event' });
    expect(lambda.snapshot().async.work).toMatchObject({ running: 60, waiting: 0 });
    await until(() => lambda.snapshot().async.work?.succeeded === 60);

    expect(lambda.snapshot().functions.work).toMatchObject({ peakConcurrent: 60, concurrent: 0 });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
  it('takes an asynchronous event for a function without concurrency, and runs it once there is some', async () => {
    const clock = new ManualClock();
    const { lambda, call } = await startLambda([functionModel(SLOW, { reservedConcurrency: 1 })], {
      clock,
    });
    const running = call({ waitMs: 50 });

    const { statusCode } = await lambda.invoke('shop-test-work', '{"waitMs":0}', { type: 'Event' });
    await running;
    expect(statusCode).toBe(202);
    expect(lambda.snapshot().async.work).toMatchObject({ throttled: 1, waiting: 1, succeeded: 0 });
    await clock.advance(1500);

    await until(() => lambda.snapshot().async.work?.succeeded === 1);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
  it('counts a timeout as an error of the function: the event is tried again', async () => {
    const clock = new ManualClock();
    const model = functionModel(`exports.handler = async () => { await new Promise(() => {}); };`, {
      timeoutSeconds: 0.1,
    });
    const { lambda } = await startLambda([model], { clock });

    await lambda.invoke('shop-test-work', '{}', { type: 'Event' });
    await until(() => lambda.snapshot().async.work?.retried === 1);
    await clock.advance(60_000);

    await until(() => lambda.snapshot().async.work?.retried === 2);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
  it('runs a schedule as an asynchronous event', async () => {
    const clock = new ManualClock();
    const model = functionModel(`exports.handler = async (event) => console.log(event.source);`);
    const targets = [{ functionName: model.name, input: undefined }];
    const schedule = {
      ruleName: 'r',
      arn: 'arn:rule',
      expression: 'rate(1 minute)',
      enabled: true,
      targets,
    };
    const { lines } = await startLambda([model], { clock, schedules: [schedule] });

    await clock.advance(60_000);

    await until(() => lines.some((line) => line.endsWith('aws.events')));
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
  it('shares one account quota among functions without a reservation', async () => {
    const intake = functionModel(SLOW, { name: 'shop-test-intake' });
    const status = functionModel(SLOW, { name: 'shop-test-status' });
    const worker = functionModel(SLOW, { name: 'shop-test-worker', reservedConcurrency: 1 });
    const { call } = await startLambda([intake, status, worker], { accountQuota: 101 });
    const running = Array.from({ length: 100 }, () => call({ waitMs: 300 }, intake.name));

    await expect(call({ waitMs: 0 }, status.name)).rejects.toMatchObject({
      reason: 'ConcurrentInvocationLimitExceeded',
    });
    expect((await call({ waitMs: 0 }, worker.name)).answer).toBe('done');
    await Promise.all(running);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
  it("is refused where its reservations do not fit the account's quota", () => {
    const functions = [functionModel(SLOW, { reservedConcurrency: 5 })];

    expect(() => new Lambda({ ...ACCOUNT, functions, accountQuota: 10 })).toThrow(
      'minimum value of [10]',
    );
  });
});
