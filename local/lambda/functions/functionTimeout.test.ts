import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { functionModel } from '../testing/functions.ts';
import { startLambda, stopLambdas, until } from '../testing/startLambda.ts';

const COUNTING = `
  let invocations = 0;
  exports.handler = async ({ waitMs = 0 }) => {
    invocations += 1;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return { invocations, stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME };
  };`;

afterAll(stopLambdas);

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

  // Recorded from AWS: https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/lambda_/test_lambda.snapshot.json (test_lambda_invoke_with_timeout)
  it('fails the invocation in the words of AWS and replaces the environment', async () => {
    const model = functionModel(COUNTING, { timeoutSeconds: 0.5 });
    const { call, lines } = await startLambda([model]);
    await call();

    const { error, requestId } = await call({ waitMs: 900 });
    const next = (await call()).answer as { invocations: number };

    expect(error).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.50 seconds`,
    });
    const logged = new RegExp(
      `^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z ${requestId} Task timed out after 0.50 seconds$`,
    );
    expect(lines).toContainEqual(expect.stringMatching(logged));
    expect(lines.find((line) => line.startsWith(`REPORT RequestId: ${requestId}`))).toMatch(
      /Duration: 500\.00 ms\tBilled Duration: 500 ms\t.*Status: timeout$/,
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
         setTimeout(() => console.log('much later'), 1050);
         await new Promise(() => {});
       };`,
      { timeoutSeconds: 1 },
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
