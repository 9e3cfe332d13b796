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

  it('starts all its asynchronous events at once while there is concurrency', async () => {
    const { lambda } = await startLambda([functionModel(SLOW)]);

    for (let event = 0; event < 60; event++)
      await lambda.invoke('shop-test-work', '{"waitMs":100}', { type: 'Event' });
    expect(lambda.snapshot().async.work).toMatchObject({ running: 60, waiting: 0 });
    await until(() => lambda.snapshot().async.work?.succeeded === 60);

    expect(lambda.snapshot().functions.work).toMatchObject({ peakConcurrent: 60, concurrent: 0 });
  });

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

  it("replaces a function's code; what runs finishes on the old one", async () => {
    const { lambda, call } = await startLambda([functionModel(SLOW)]);
    const old = call({ waitMs: 200 });
    await until(() => lambda.snapshot().functions.work?.environments === 1);

    const replaced = lambda.replaceFunction(functionModel(`exports.handler = async () => 'new';`));

    expect((await call()).answer).toBe('new');
    expect((await old).answer).toBe('done');
    await replaced;
  });

  it("is refused where its reservations do not fit the account's quota", () => {
    const functions = [functionModel(SLOW, { reservedConcurrency: 5 })];

    expect(() => new Lambda({ ...ACCOUNT, functions, accountQuota: 10 })).toThrow(
      'minimum value of [10]',
    );
  });
});

describe('stopping', () => {
  it('lets running invocations finish', async () => {
    const { lambda, call } = await startLambda([functionModel(SLOW)]);
    const running = call({ waitMs: 200 });

    await lambda.stop({ graceMs: 5000 });

    expect((await running).answer).toBe('done');
  });

  it('ends what does not finish in time', async () => {
    const { lambda, call } = await startLambda([functionModel(SLOW)]);
    const running = call({ waitMs: 2900 });

    const startedAt = performance.now();
    await lambda.stop({ graceMs: 100 });

    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect((await running).error?.errorType).toBe('Runtime.ExitError');
  });

  it('answers an Invoke that is on its way before its API closes', async () => {
    const { lambda } = await startLambda([functionModel(SLOW)]);
    const { url } = await lambda.listenApi(0);
    const invocation = `${url}/2015-03-31/functions/shop-test-work/invocations`;
    const answer = fetch(invocation, { method: 'POST', body: '{"waitMs":200}' });
    await until(() => lambda.snapshot().functions.work?.concurrent === 1);

    await lambda.stop({ graceMs: 5000 });

    expect(await (await answer).json()).toBe('done');
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('isolation by thread', () => {
  it('gives each environment a thread of its own, so that one that blocks does not delay another', async () => {
    const code = `const { threadId } = require('node:worker_threads');
      exports.handler = async ({ block }) => { while (block); return threadId; };`;
    const model = functionModel(code, { timeoutSeconds: 0.5 });
    const { call, lambda } = await startLambda([model], { isolation: 'thread' });
    const blocked = call({ block: true });

    const ids = [await call(), await call()].map(({ answer }) => answer);

    expect(ids[0]).toBe(ids[1]);
    expect((await blocked).error?.errorType).toBe('Sandbox.Timedout');
    await until(() => lambda.snapshot().functions.work?.environments === 1);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
  it("ends an environment that needs more than the function's memory", async () => {
    const code = `exports.handler = async () => {
      const kept = [];
      while (true) kept.push(new Array(100_000).fill(kept.length));
    };`;
    const model = functionModel(code, { memoryMb: 32 });
    const { call } = await startLambda([model], { isolation: 'thread' });

    expect((await call()).error?.errorType).toBe('Runtime.OutOfMemory');
  });
});
