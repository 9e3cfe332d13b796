import { afterAll, describe, expect, it } from '@jest/globals';
import { functionModel } from '../testing/functions.ts';
import { startLambda, stopLambdas } from '../testing/startLambda.ts';

afterAll(stopLambdas);

const ECHO = 'exports.handler = async (event) => event;';

// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
describe('the context', () => {
  it('names the function, the request and the environment', async () => {
    const model = functionModel(
      `exports.handler = async (event, context) => ({ ...context, callback: typeof context.done });`,
    );
    const { lambda } = await startLambda([model]);

    const clientContext = JSON.stringify({ custom: { colour: 'red' } });
    const { payload, requestId } = await lambda.invoke(model.arn, '{}', { clientContext });

    expect(JSON.parse(payload)).toEqual({
      callbackWaitsForEmptyEventLoop: true,
      functionName: 'shop-test-work',
      functionVersion: '$LATEST',
      invokedFunctionArn: model.arn,
      memoryLimitInMB: '256',
      awsRequestId: requestId,
      logGroupName: '/aws/lambda/shop-test-work',
      logStreamName: expect.stringContaining('[$LATEST]'),
      clientContext: { custom: { colour: 'red' } },
      callback: 'undefined',
    });
  });

  it('has the qualifier in the ARN of a function that was called with one', async () => {
    const model = functionModel(
      'exports.handler = async (event, context) => context.invokedFunctionArn;',
    );
    const { lambda } = await startLambda([model]);

    for (const [name, qualifier] of [
      [model.name, '$LATEST'],
      [`${model.arn}:$LATEST`, undefined],
    ] as const) {
      const { payload } = await lambda.invoke(name, '{}', { qualifier });
      expect(JSON.parse(payload)).toBe(`${model.arn}:$LATEST`);
    }
  });

  it('counts down the time that is left until the timeout', async () => {
    const { call } = await startLambda([
      functionModel(`exports.handler = async (event, context) => {
        const before = context.getRemainingTimeInMillis();
        await new Promise((resolve) => setTimeout(resolve, 100));
        return [before, context.getRemainingTimeInMillis()];
      };`),
    ]);

    const [before = 0, after = 0] = (await call()).answer as number[];

    expect(before).toBeGreaterThan(2500);
    expect(before).toBeLessThanOrEqual(3000);
    expect(before - after).toBeGreaterThanOrEqual(95);
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
describe("a handler's answer", () => {
  it.each([
    ['an object', 'return { a: [1, null] };', '{"a":[1,null]}'],
    ['nothing, which is null', '', 'null'],
    ['a text', `return 'done';`, '"done"'],
  ])('is sent as JSON: %s', async (_what, body, payload) => {
    const { lambda } = await startLambda([
      functionModel(`exports.handler = async () => { ${body} };`),
    ]);

    expect(await lambda.invoke('shop-test-work', '{}')).toMatchObject({ statusCode: 200, payload });
  });

  it('that is not JSON is an error of the function', async () => {
    const { call } = await startLambda([functionModel('exports.handler = async () => 1n;')]);

    expect((await call()).error).toMatchObject({
      errorType: 'Error',
      errorMessage: 'Unable to stringify response body',
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  it('over 6 MB is an error of the function', async () => {
    const { call } = await startLambda([
      functionModel(`exports.handler = async ({ bytes }) => 'x'.repeat(bytes - 2);`),
    ]);

    expect((await call({ bytes: 6_291_556 })).error).toBeUndefined();
    expect((await call({ bytes: 6_291_557 })).error).toEqual({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
  it('that is a thrown error has type, message and trace, and the environment lives on', async () => {
    const { call, lambda } = await startLambda([
      functionModel(
        `exports.handler = async ({ text }) => { throw text ?? new RangeError('too many'); };`,
      ),
    ]);

    const thrown = await call();
    const text = await call({ text: 'no error object' });

    expect(thrown.error).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'too many',
      trace: expect.arrayContaining(['RangeError: too many']),
    });
    expect(text.error).toEqual({ errorType: 'string', errorMessage: 'no error object', trace: [] });
    expect(lambda.snapshot().functions.work).toMatchObject({ errors: 2, environments: 1 });
  });

  it('cannot come by a callback: Node.js 24 has no such handlers', async () => {
    const { call } = await startLambda([
      functionModel('exports.handler = (event, context, callback) => callback(null, 1);'),
    ]);

    expect((await call()).error?.errorType).toBe('Runtime.CallbackHandlerDeprecated');
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
describe('the log of an invocation', () => {
  it('has START, what was written, END and REPORT with the rounded-up billed duration', async () => {
    const { call, lines, lambda } = await startLambda([
      functionModel(
        `exports.handler = async () => {
          console.log('two\\nlines', { n: 1 });
          console.error('wrong');
          process.stdout.write('{"a":1}\\nno line end');
        };`,
        { memoryMb: 512 },
      ),
    ]);

    const { requestId: id } = await call();

    const time = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z';
    const log = { lines: lines.length, bytes: Buffer.byteLength(lines.join('')) };
    expect(lambda.snapshot().functions.work?.log).toEqual(log);
    expect(lines).toEqual([
      expect.stringMatching(/^INIT_START Runtime Version: nodejs:v24\./),
      `START RequestId: ${id} Version: $LATEST`,
      expect.stringMatching(new RegExp(`^${time}\t${id}\tINFO\ttwo\nlines \\{ n: 1 \\}$`)),
      expect.stringMatching(new RegExp(`^${time}\t${id}\tERROR\twrong$`)),
      '{"a":1}',
      'no line end',
      `END RequestId: ${id}`,
      expect.stringMatching(
        new RegExp(
          `^REPORT RequestId: ${id}\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 512 MB\tMax Memory Used: [1-9]\\d* MB\tInit Duration: [\\d.]+ ms\tCPU Time: [\\d.]+ ms\tDuration At Memory Size: [\\d.]+ ms$`,
        ),
      ),
    ]);
  });

  it('reports the most memory that the environment has used, over all its invocations', async () => {
    const { call, lines } = await startLambda([
      functionModel(
        `let kept = [];
         exports.handler = async ({ megabytes }) => {
           kept = Array.from({ length: megabytes }, () => new Array(131_072).fill(1.5));
         };`,
      ),
    ]);

    for (const megabytes of [0, 40, 0]) await call({ megabytes });

    const figures = lines.flatMap((line) => /Max Memory Used: (\d+) MB/.exec(line)?.[1] ?? []);
    const [before = 0, with40 = 0, after = 0] = figures.map(Number);
    expect(with40 - before).toBeGreaterThanOrEqual(35);
    expect(after).toBeGreaterThanOrEqual(with40);
  });

  // https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
  it('bills the init phase together with the duration', async () => {
    const { lambda, lines } = await startLambda([
      functionModel(`const until = Date.now() + 50; while (Date.now() < until); ${ECHO}`),
    ]);

    await lambda.invoke('shop-test-work', '{}');
    await lambda.invoke('shop-test-work', '{}');

    const reports = lines.filter((line) => line.startsWith('REPORT'));
    const figure = (name: string) =>
      reports.map((line) => Number(new RegExp(`\\t${name}: ([\\d.]+) ms`).exec(line)?.[1] ?? 0));
    const [durations, inits, billed] = ['Duration', 'Init Duration', 'Billed Duration'].map(figure);
    expect(inits?.[0]).toBeGreaterThanOrEqual(49);
    for (const run of [0, 1]) {
      // The report rounds the parts of the sum to hundredths.
      const sum = (durations?.[run] ?? 0) + (inits?.[run] ?? 0);
      expect([Math.ceil(sum - 0.01), Math.ceil(sum + 0.01)]).toContain(billed?.[run]);
    }
    const { billedGbSeconds } = lambda.snapshot().functions.work ?? { billedGbSeconds: 0 };
    expect(billedGbSeconds).toBeCloseTo((((billed?.[0] ?? 0) + (billed?.[1] ?? 0)) / 1000) * 0.25);
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (the share of a core)
describe('the CPU time of an invocation', () => {
  // By the thread's own time: beside busy neighbours 200 ms of the clock are fewer of it.
  const WORK = `const cpuMs = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  exports.handler = async ({ burnMs, sleepMs }) => {
    const until = cpuMs() + burnMs;
    while (cpuMs() < until);
    await new Promise((resolve) => setTimeout(resolve, sleepMs));
  };`;
  const reported = (lines: string[], name: string): number[] =>
    lines
      .filter((line) => line.startsWith('REPORT'))
      .map((line) => Number(new RegExp(`\\t${name}: ([\\d.]+) ms`).exec(line)?.[1]));

  it('leaves out what it waited, and the share of a core stretches it', async () => {
    const { call, lines, lambda } = await startLambda([functionModel(WORK)]);
    await call({ burnMs: 0, sleepMs: 0 });
    await call({ burnMs: 0, sleepMs: 150 });
    await call({ burnMs: 150, sleepMs: 0 });

    const [, idleMs = 0, busyMs = 0] = reported(lines, 'CPU Time');
    const [, , burntMs = 0] = reported(lines, 'Duration');
    expect(idleMs * 3).toBeLessThan(busyMs);
    expect(busyMs).toBeLessThanOrEqual(burntMs + 5);
    const [, , stretchedMs = 0] = reported(lines, 'Duration At Memory Size');
    expect(stretchedMs).toBeCloseTo(burntMs + busyMs * (1769 / 256 - 1), 0);
    const { cpuTimes, durationsAtMemory } = lambda.snapshot().functions.work ?? {};
    expect(cpuTimes?.count).toBe(3);
    expect(durationsAtMemory?.maxMs).toBeCloseTo(stretchedMs, 0);
  });

  it('is split evenly among those that run at the same time in one thread', async () => {
    const { call, lines } = await startLambda([functionModel(WORK)]);
    await Promise.all([0, 0, 0].map(() => call({ burnMs: 0, sleepMs: 50 })));
    lines.length = 0;

    const sleepers = [0, 0].map(() => call({ burnMs: 0, sleepMs: 600 }));
    await Promise.all([...sleepers, call({ burnMs: 200, sleepMs: 400 })]);

    const cpuMs = reported(lines, 'CPU Time');
    expect(Math.max(...cpuMs)).toBeLessThan(2 * Math.min(...cpuMs));
  });

  it('goes to nobody who was cut off', async () => {
    const { call, lines } = await startLambda([functionModel(WORK, { timeoutSeconds: 1 })]);
    await call({ burnMs: 0, sleepMs: 5_000 });
    await call({ burnMs: 200, sleepMs: 0 });
    await call({ burnMs: 200, sleepMs: 0 });

    const [cutOff, first = 0, second = 0] = reported(lines, 'CPU Time');
    expect(cutOff).toBeNaN();
    expect(first).toBeGreaterThan(second / 2);
  });
});

// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
describe('an invocation', () => {
  it('takes 6 MB synchronously and 1 MB asynchronously, and no byte more', async () => {
    const { lambda } = await startLambda([
      functionModel('exports.handler = async (event) => event.length;'),
    ]);
    const invoke = (bytes: number, type: 'RequestResponse' | 'Event') =>
      lambda.invoke('shop-test-work', JSON.stringify('x'.repeat(bytes - 2)), { type });

    expect((await invoke(6_291_456, 'RequestResponse')).payload).toBe('6291454');
    expect((await invoke(1_048_576, 'Event')).statusCode).toBe(202);
    await expect(invoke(6_291_457, 'RequestResponse')).rejects.toMatchObject({ statusCode: 413 });
    await expect(invoke(1_048_577, 'Event')).rejects.toMatchObject({ statusCode: 413 });
  });

  it('finds the function by name, partial ARN and ARN, with and without $LATEST, and else answers 404', async () => {
    const { lambda } = await startLambda([functionModel(ECHO)]);
    const invoke = (name: string) => lambda.invoke(name, '1');

    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:shop-test-work';
    for (const name of [
      'shop-test-work',
      '000000000000:function:shop-test-work',
      arn,
      `${arn}:$LATEST`,
    ])
      expect((await invoke(name)).payload).toBe('1');
    await expect(invoke('other')).rejects.toMatchObject({
      statusCode: 404,
      message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:other:$LATEST',
    });
    await expect(invoke('shop-test-work:7')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('as a dry run is checked and not run', async () => {
    const { lambda } = await startLambda([functionModel(ECHO)]);

    const { statusCode } = await lambda.invoke('shop-test-work', '{}', { type: 'DryRun' });

    expect(statusCode).toBe(204);
    expect(lambda.snapshot().functions.work?.invocations).toBe(0);
  });

  it('without concurrency is throttled at once, and counts neither as invocation nor as error', async () => {
    const code = `exports.handler = async () => new Promise((resolve) => setTimeout(resolve, 100));`;
    const { call, lambda } = await startLambda([functionModel(code, { reservedConcurrency: 1 })]);
    const first = call();

    await expect(call()).rejects.toMatchObject({ name: 'ThrottledError', statusCode: 429 });
    await first;

    expect(lambda.snapshot().functions.work).toMatchObject({
      invocations: 1,
      errors: 0,
      throttles: 1,
    });
  });
});
