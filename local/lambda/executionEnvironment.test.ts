import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IDLE_MS } from './functionRuntime.ts';
import { functionModel } from './testing/functions.ts';
import { ManualClock } from './testing/manualClock.ts';
import { startLambda, stopLambdas, until } from './testing/startLambda.ts';

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

    const calls = await Promise.all([1, 2, 3].map(() => call({ waitMs: 50 })));

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
    await Promise.all([call({ waitMs: 50 }), call({ waitMs: 50 })]);
    await clock.advance(IDLE_MS / 2);
    await call();

    await clock.advance(IDLE_MS / 2);
    expect(lambda.snapshot().functions.work?.environments).toBe(1);
    await clock.advance(IDLE_MS);

    expect(lambda.snapshot().functions.work?.environments).toBe(0);
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

    const [red, none] = await Promise.all([call({ set: 'red', waitMs: 50 }), call({ waitMs: 50 })]);

    expect([red?.answer, none?.answer]).toEqual([
      ['red', 'red'],
      [null, null],
    ]);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
  it('sees the variables that Lambda sets, then the function´s, then the overrides', async () => {
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

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
describe('a function timeout', () => {
  let server: Server;
  let url: string;
  let requests = 0;
  const open = new Set<unknown>();

  beforeAll(async () => {
    server = createServer((_request, response) => {
      requests += 1;
      open.add(response);
      response.once('close', () => open.delete(response));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.close();
  });

  it('fails the invocation in the words of AWS and replaces the environment', async () => {
    const model = functionModel(COUNTING, { timeoutSeconds: 0.2 });
    const { call, lines } = await startLambda([model]);
    await call();

    const { error, requestId } = await call({ waitMs: 10_000 });
    const next = (await call()).answer as { invocations: number };

    expect(error?.errorType).toBe('Sandbox.Timedout');
    expect(error?.errorMessage).toMatch(
      new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z ${requestId} Task timed out after 0.20 seconds$`),
    );
    expect(lines.find((line) => line.startsWith(`REPORT RequestId: ${requestId}`))).toMatch(
      /Duration: 200\.00 ms\tBilled Duration: 200 ms\t.*Status: timeout$/,
    );
    expect(next.invocations).toBe(1);
  });

  it('leaves nothing of the old environment alive: timers, requests, output', async () => {
    const model = functionModel(
      `const http = require('node:http');
       exports.handler = async ({ url }) => {
         const request = () => http.get(url).on('error', request).on('close', request);
         request();
         fetch(url).catch(() => request());
         setInterval(() => { console.log('tick'); request(); }, 20);
         setTimeout(() => console.log('much later'), 250);
         await new Promise(() => {});
       };`,
      { timeoutSeconds: 0.2 },
    );
    const { call, lines } = await startLambda([model]);

    const { requestId } = await call({ url });
    await until(() => open.size === 0);
    const [logged, requested] = [lines.length, requests];
    await new Promise((resolve) => setTimeout(resolve, 150));

    expect(requested).toBeGreaterThan(2);
    expect([lines.length, requests]).toEqual([logged, requested]);
    expect(lines.at(-1)).toMatch(`REPORT RequestId: ${requestId}`);
  });

  it('ends a function whose event loop is blocked, and the next invocation works', async () => {
    const model = functionModel(
      `exports.handler = async ({ block }) => { while (block); return 'done'; };`,
      { timeoutSeconds: 0.2 },
    );
    const { call } = await startLambda([model]);

    const blocked = await call({ block: true });
    const next = await call();

    expect(blocked.error?.errorType).toBe('Sandbox.Timedout');
    expect(next.answer).toBe('done');
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
describe('an environment that breaks', () => {
  const BREAKING = `
    let invocations = 0;
    exports.handler = async ({ how, waitMs }) => {
      invocations += 1;
      if (how === 'exit') process.exit(3);
      if (how === 'throw later') setTimeout(() => { throw new RangeError('too late'); });
      if (how === 'reject') Promise.reject(new Error('nobody listens'));
      if (how) await new Promise(() => {});
      await new Promise((resolve) => setTimeout(resolve, waitMs ?? 0));
      return invocations;
    };`;

  it.each([
    ['exit', 'Runtime.ExitError', /Runtime exited with error: exit status 3$/],
    ['throw later', 'RangeError', /^too late$/],
    ['reject', 'Runtime.UnhandledPromiseRejection', /^Error: nobody listens$/],
  ])('by "%s" fails its own invocation and no other one', async (how, errorType, message) => {
    const { call, lambda } = await startLambda([functionModel(BREAKING)]);
    const neighbour = call({ waitMs: 100 });

    const { error } = await call({ how });

    expect(error?.errorType).toBe(errorType);
    expect(error?.errorMessage).toMatch(message);
    expect((await neighbour).answer).toBe(1);
    expect(lambda.snapshot().functions.work?.environments).toBe(1);
  });

  it('while it is idle is dropped without failing anything', async () => {
    const { call, lambda } = await startLambda([
      functionModel(
        `exports.handler = async () => { setTimeout(() => process.exit(1), 20); return 'done'; };`,
      ),
    ]);

    const { answer } = await call();
    await until(() => lambda.snapshot().functions.work?.environments === 0);

    expect(answer).toBe('done');
    expect(lambda.snapshot().functions.work?.errors).toBe(0);
  });

  it.each([
    ['throws at import', `throw new TypeError('no such table');`, 'TypeError', 'no such table'],
    [
      'misses a module',
      `require('./nowhere.js'); exports.handler = async () => 1;`,
      'Runtime.ImportModuleError',
      "Error: Cannot find module './nowhere.js'",
    ],
    [
      'is no JavaScript',
      'exports.handler = async (',
      'Runtime.UserCodeSyntaxError',
      'SyntaxError: ',
    ],
    [
      'exports no handler',
      'exports.other = 1;',
      'Runtime.HandlerNotFound',
      'index.handler is undefined or not exported',
    ],
  ])(
    'because its code %s fails each invocation with a fresh attempt',
    async (_what, code, errorType, message) => {
      const { call, lambda, lines } = await startLambda([functionModel(code)]);

      const { error } = await call();
      await call();

      expect(error?.errorType).toBe(errorType);
      expect(error?.errorMessage).toContain(message);
      expect(lambda.snapshot().functions.work).toMatchObject({
        errors: 2,
        coldStarts: 2,
        environments: 0,
      });
      expect(lines.some((line) => line.startsWith('INIT_REPORT'))).toBe(true);
    },
  );
});

// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
it('gives up the init phase after ten seconds', async () => {
  const clock = new ManualClock();
  const code = { 'index.mjs': `console.log('begun'); await new Promise(() => {});` };
  const { call, lines } = await startLambda([functionModel(code)], { clock });

  const result = call();
  await until(() => lines.some((line) => line.endsWith('begun')));
  await clock.advance(10_000);

  expect((await result).error?.errorMessage).toBe('Init timed out after 10 seconds');
});
