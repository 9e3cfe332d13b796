import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from '@jest/globals';
import { REQUEST_TIMEOUT_MS } from './awsLimits.ts';
import { httpPoster } from './httpPoster.ts';

/** Answers while this thread does not run. */
const SERVER = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((request, response) => response.end('{}'));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

const standStill = (forMs: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);

describe('A call of an execution environment that was frozen meanwhile', () => {
  const server = new Worker(SERVER, { eval: true });
  afterEach(() => server.terminate());

  it('takes the answer that has come, though its time is over', async () => {
    const [port] = (await once(server, 'message')) as [number];
    const poster = httpPoster(new URL(`http://127.0.0.1:${port}/`));
    await poster.post({}, '{}');

    const answer = poster.post({}, '{}');
    await new Promise(setImmediate);
    standStill(REQUEST_TIMEOUT_MS + 100);

    expect(await answer).toEqual({ status: 200, text: '{}' });
    poster.destroy();
  });
});
