import { afterAll, describe, expect, it } from '@jest/globals';
import { functionModel } from '../testing/functions.ts';
import { ManualClock } from '../testing/manualClock.ts';
import { startLambda, stopLambdas } from '../testing/startLambda.ts';
import { IDLE_MS } from './functionRuntime.ts';

const COUNTING = `
  let invocations = 0;
  exports.handler = async ({ waitMs = 0 }) => {
    invocations += 1;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return { invocations, stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME };
  };`;

afterAll(stopLambdas);

// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
describe('an execution environment', () => {
  it('is used again by the next invocation, with the state its modules have', async () => {
    const { call } = await startLambda([functionModel(COUNTING)]);

    const first = (await call()).answer;
    const second = (await call()).answer as { invocations: number };

    expect(second).toEqual({ ...(first as object), invocations: 2 });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
  it('runs one invocation at a time: those that overlap get environments of their own', async () => {
    const { call, lambda } = await startLambda([functionModel(COUNTING)]);

    const calls = await Promise.all([1, 2, 3].map(() => call({ waitMs: 300 })));

    const answers = calls.map(({ answer }) => answer as { invocations: number; stream: string });
    expect(answers.map(({ invocations }) => invocations)).toEqual([1, 1, 1]);
    expect(new Set(answers.map(({ stream }) => stream)).size).toBe(3);
    expect(lambda.snapshot().functions.work).toMatchObject({ environments: 3, coldStarts: 3 });
  });

  it('evaluates the code once, at its first invocation, and reports the init duration with that one only', async () => {
    const { call, lines } = await startLambda([functionModel(COUNTING)]);
    expect(lines).toEqual([]);

    await call();
    await call();

    const reports = lines.filter((line) => line.startsWith('REPORT'));
    expect(reports.map((report) => report.includes('Init Duration:'))).toEqual([true, false]);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
  it('is dropped when it has been idle for some minutes', async () => {
    const clock = new ManualClock();
    const { call, lambda } = await startLambda([functionModel(COUNTING)], { clock });
    await Promise.all([call({ waitMs: 300 }), call({ waitMs: 300 })]);
    await clock.advance(IDLE_MS / 2);
    await call();

    await clock.advance(IDLE_MS / 2);
    expect(lambda.snapshot().functions.work?.environments).toBe(1);
    await clock.advance(IDLE_MS);

    expect(lambda.snapshot().functions.work?.environments).toBe(0);
  });

  it('is dropped while its neighbour is at work for long, and the neighbour goes on', async () => {
    const clock = new ManualClock();
    const { call, lambda } = await startLambda(
      [
        functionModel(
          `exports.handler = async ({ waitMs = 0, workMs = 0 }) => {
            if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
            for (const end = Date.now() + workMs; Date.now() < end; );
            return 'done';
          };`,
          { timeoutSeconds: 10 },
        ),
      ],
      { clock },
    );
    await Promise.all([call({ waitMs: 300 }), call({ waitMs: 300 })]);
    expect(lambda.snapshot().functions.work?.environments).toBe(2);

    const atWork = call({ workMs: 2500 });
    await clock.advance(IDLE_MS);

    expect(lambda.snapshot().functions.work?.environments).toBe(1);
    expect((await atWork).answer).toBe('done');
    expect((await call()).answer).toBe('done');
  });

  it('gets variables of its own: what one environment sets, another does not see', async () => {
    const { call } = await startLambda([
      functionModel(`exports.handler = async ({ set, waitMs = 0 }) => {
        if (set) process.env.COLOUR = set;
        globalThis.colour ??= set;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        return [process.env.COLOUR ?? null, globalThis.colour ?? null];
      };`),
    ]);

    const [red, none] = await Promise.all([
      call({ set: 'red', waitMs: 300 }),
      call({ waitMs: 300 }),
    ]);

    expect([red?.answer, none?.answer]).toEqual([
      ['red', 'red'],
      [null, null],
    ]);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
  it("sees the variables that Lambda sets, then the function's, then the overrides", async () => {
    const model = functionModel('exports.handler = async () => process.env;', {
      environment: { COLOUR: 'red', SIZE: 'small' },
    });
    const { call } = await startLambda([model], {
      environment: { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' },
      overrides: { set: { COLOUR: 'blue' }, unset: ['SIZE'] },
    });

    const { answer } = await call();

    expect(answer).toMatchObject({
      _HANDLER: 'index.handler',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'shop-test-work',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/shop-test-work',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(
        /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/,
      ),
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1',
      TZ: ':UTC',
      COLOUR: 'blue',
    });
    expect(answer).not.toHaveProperty('SIZE');
  });
});
