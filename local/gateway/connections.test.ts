import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startGateway, stopGateways } from './testing/gateway.ts';

afterEach(stopGateways);

describe('connections', () => {
  it('serve one request after another', async () => {
    const { send, gateway } = await startGateway();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await send('/', { agent });
    await send('/', { agent });
    expect(first.headers.connection).toBe('keep-alive');
    expect(gateway.stats().answers).toBe(2);
    agent.destroy();
  });

  it('that break off in the middle of a body call no function and harm no other', async () => {
    const { url, send, events, gateway } = await startGateway();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf');
    while (gateway.stats().inFlight === 0) await new Promise(setImmediate);
    socket.destroy();
    while (gateway.stats().inFlight > 0) await new Promise(setImmediate);
    expect((await send('/')).status).toBe(204);
    expect(events).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('lets a running request finish and refuses new ones', async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { send, gateway } = await startGateway({
      respond: async () => {
        start();
        await released;
        return 'done';
      },
    });
    const running = send('/', { agent: new Agent({ keepAlive: true }) });
    await started;
    const stopped = gateway.stop(5_000);
    await expect(send('/')).rejects.toThrow('ECONNREFUSED');
    release();
    expect(await running).toMatchObject({ body: 'done', headers: { connection: 'close' } });
    await stopped;
  });

  it('cuts what still runs after the grace', async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { send, gateway } = await startGateway({
      respond: () => {
        start();
        return new Promise(() => {});
      },
    });
    const running = expect(send('/')).rejects.toThrow('socket hang up');
    await started;
    await gateway.stop(10);
    await running;
  });

  it('says so when its port is taken', async () => {
    const { url } = await startGateway();
    const { gateway } = await startGateway();
    await gateway.stop(0);
    await expect(gateway.listen(Number(new URL(url).port), '127.0.0.1')).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});

describe('an answer with a header that has no place there', () => {
  it('is 500 instead, and the gateway goes on', async () => {
    const { send, accessLog } = await startGateway({
      api: { accessLogFormat: '$context.status $context.integrationErrorMessage' },
      respond: ({ rawPath }) => ({
        statusCode: 200,
        headers: rawPath === '/trailer' ? { trailer: 'x-checksum' } : {},
        body: 'paid',
      }),
    });
    const refused = await send('/trailer');
    const next = await send('/next');
    expect(refused).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
    expect(next).toMatchObject({ status: 200, body: 'paid' });
    expect(accessLog).toEqual([expect.stringMatching(/^500 .*[Tt]railer/), '200 -']);
  });
});
