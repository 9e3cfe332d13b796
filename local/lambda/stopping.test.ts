import { afterAll, describe, expect, it } from '@jest/globals';
import { listenLambdaApi } from './api/server.ts';
import { functionModel } from './testing/functions.ts';
import { startLambda, stopLambdas, until } from './testing/startLambda.ts';

const SLOW = `exports.handler = async ({ waitMs }) => {
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  return 'done';
};`;

afterAll(stopLambdas);

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
    const { url, stop } = await listenLambdaApi(lambda.controlPlane, 0, '127.0.0.1');
    const invocation = `${url}/2015-03-31/functions/shop-test-work/invocations`;
    const answer = fetch(invocation, { method: 'POST', body: '{"waitMs":200}' });
    await until(() => lambda.snapshot().functions.work?.concurrent === 1);

    await Promise.all([stop(5000), lambda.stop({ graceMs: 5000 })]);

    expect(await (await answer).json()).toBe('done');
    await expect(fetch(url)).rejects.toThrow();
  });
});

it("a function's new code takes over; what runs finishes on the old one", async () => {
  const { lambda, call } = await startLambda([functionModel(SLOW)]);
  const old = call({ waitMs: 200 });
  await until(() => lambda.snapshot().functions.work?.environments === 1);

  const replaced = lambda.replaceFunction(functionModel(`exports.handler = async () => 'new';`));

  expect((await call()).answer).toBe('new');
  expect((await old).answer).toBe('done');
  await replaced;
});
