import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { guardServer } from './loopbackGuard.ts';

let server: Server;
let served: string[];

beforeEach(() => {
  served = [];
  server = createServer(({ method = '' }, response) => {
    served.push(method);
    response.end('served');
  });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function listen(host: string, isOpenToPages?: boolean): Promise<void> {
  guardServer(server, host, isOpenToPages);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

async function send(method: string, headers: Record<string, string> | string[], path = '/') {
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const all = Array.isArray(headers) ? headers : { host, ...headers };
  const own = JSON.parse(JSON.stringify(all).replaceAll('PORT', String(port)));
  const sent = request({ port, method, path, headers: own, agent: false, setHost: false }).end();
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, body: await text(response) };
}

const CROSS_SITE = { 'sec-fetch-site': 'cross-site' };
const LINK = { ...CROSS_SITE, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

describe('A port of this machine', () => {
  beforeEach(() => listen('127.0.0.1'));

  it.each([
    ['a program', 'POST', {}],
    ['a program by name', 'GET', { host: 'localhost:PORT' }],
    ['an SDK that puts a service or bucket in front', 'POST', { host: 'sqs.us-east-1.localhost' }],
    ['a container', 'POST', { host: 'host.docker.internal:PORT' }],
    ['its own page', 'PUT', { origin: 'http://127.0.0.1:PORT', 'sec-fetch-site': 'same-origin' }],
    ['a person who types its address', 'GET', { ...LINK, 'sec-fetch-site': 'none' }],
    ['a person who follows a link', 'GET', LINK],
  ])('answers %s', async (_who, method, headers) => {
    expect((await send(method, headers)).status).toBe(200);
    expect(served).toEqual([method]);
  });

  it.each([
    ['a name that somebody pointed at this machine', 'GET', { host: 'evil.example:PORT' }],
    ['a name that ends like an address', 'GET', { host: '127.0.0.1.evil.example' }],
    ['an address that is not its own', 'GET', { host: '192.168.1.2:PORT' }],
    ['a page of another origin', 'POST', { origin: 'http://evil.example' }],
    ['a page of another origin that reads', 'GET', { origin: 'http://evil.example' }],
    ['a page on another port', 'DELETE', { origin: 'http://127.0.0.1:3000' }],
    ['a sandboxed frame', 'POST', { origin: 'null' }],
    ['a request that the browser calls cross-site', 'PUT', CROSS_SITE],
    ['an image or a script of another page', 'GET', { ...CROSS_SITE, 'sec-fetch-mode': 'no-cors' }],
    ['a frame of another page', 'GET', { ...LINK, 'sec-fetch-dest': 'iframe' }],
    ['a form of another page', 'POST', LINK],
  ])('refuses %s', async (_who, method, headers) => {
    const { status, body } = await send(method, headers);
    expect(status).toBe(403);
    expect(JSON.parse(body).message).toContain('must');
    expect(served).toEqual([]);
  });

  // https://www.rfc-editor.org/rfc/rfc9112#section-3.2
  it('goes by the authority of a target in absolute form, and takes one Host header', async () => {
    expect((await send('GET', {}, 'http://localhost/')).status).toBe(200);
    expect((await send('GET', {}, 'http://evil.example/')).status).toBe(403);
    expect((await send('GET', ['host', 'localhost', 'host', 'localhost'])).status).toBe(400);
  });
});

it('is open to pages where an API says by itself what they may read, under its own name', async () => {
  await listen('127.0.0.1', true);
  expect((await send('POST', { origin: 'http://shop.example', ...CROSS_SITE })).status).toBe(200);
  expect((await send('POST', { host: 'evil.example' })).status).toBe(403);
});

it('is reached by addresses and its name when it is opened to a network', async () => {
  await listen('0.0.0.0');
  expect((await send('GET', { host: '192.168.1.2:PORT' })).status).toBe(200);
  expect((await send('GET', { host: '[fe80::1]:PORT' })).status).toBe(200);
  expect((await send('GET', { host: 'evil.example' })).status).toBe(403);
});
