import { afterAll, describe, expect, it } from '@jest/globals';
import { functionModel } from '../testing/functions.ts';
import { startLambda, stopLambdas, until } from '../testing/startLambda.ts';

afterAll(stopLambdas);

// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
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
