import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { functionModel } from '../testing/functions.ts';
import { ManualClock } from '../testing/manualClock.ts';
import { startLambda, stopLambdas, until } from '../testing/startLambda.ts';

afterAll(stopLambdas);

// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
describe('an environment that breaks', () => {
  const BREAKING = `
    let invocations = 0;
    exports.handler = async ({ how, until }) => {
      invocations += 1;
      if (how === 'exit') process.exit(3);
      if (how === 'throw later') setTimeout(() => { throw new RangeError('too late'); });
      if (how === 'reject') Promise.reject(new Error('nobody listens'));
      if (how) await new Promise(() => {});
      while (until && !require('node:fs').existsSync(until))
        await new Promise((resolve) => setTimeout(resolve, 5));
      return invocations;
    };`;

  it.each([
    ['exit', 'Runtime.ExitError', /Runtime exited with error: exit status 3$/],
    ['throw later', 'RangeError', /^too late$/],
    ['reject', 'Runtime.UnhandledPromiseRejection', /^Error: nobody listens$/],
  ])('by "%s" fails its own invocation and no other one', async (how, errorType, message) => {
    const { call, lambda } = await startLambda([functionModel(BREAKING)]);
    const folder = mkdtempSync(path.join(tmpdir(), 'neighbour-'));
    const neighbour = call({ until: path.join(folder, 'released') });

    const { error } = await call({ how });

    writeFileSync(path.join(folder, 'released'), '');
    expect(error?.errorType).toBe(errorType);
    expect(error?.errorMessage).toMatch(message);
    expect((await neighbour).answer).toBe(1);
    rmSync(folder, { recursive: true });
    expect(lambda.snapshot().functions.work?.environments).toBe(1);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
  it.each([
    ['exit', 'process.exit(3)'],
    ['uncaught error', `setTimeout(() => { throw new Error('too late'); })`],
  ])(
    'by %s leaves nothing of itself alive, and the next invocation gets a new one',
    async (_how, breaking) => {
      const file = path.join(mkdtempSync(path.join(tmpdir(), 'broken-')), 'ticks');
      const { call } = await startLambda([
        functionModel(
          `const { appendFileSync } = require('node:fs');
           let invocations = 0;
           exports.handler = async ({ file }) => {
             invocations += 1;
             if (file) setInterval(() => appendFileSync(file, '.'), 5);
             await new Promise((resolve) => setTimeout(resolve, 50));
             if (!file) return invocations;
             ${breaking};
             await new Promise(() => {});
           };`,
        ),
      ]);

      const { error } = await call({ file });
      const ticks = statSync(file).size;
      const next = await call({});

      expect(error).toBeDefined();
      expect(next.answer).toBe(1);
      expect(statSync(file).size).toBe(ticks);
      rmSync(path.dirname(file), { recursive: true });
    },
  );

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
      'is not JavaScript',
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
