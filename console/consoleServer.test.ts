import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { API_ROUTES, type ConsoleServer, startConsole } from './consoleServer.ts';
import type { ConsoleSources } from './context.ts';
import { Observations } from './observations.ts';

const QUEUES = [
  {
    name: 'orders',
    approximateMessageCount: 3,
    approximateInflightCount: 2,
    approximateDelayedCount: 1,
  },
];

const SNAPSHOT = {
  accountQuota: 10,
  unreserved: { limit: 10, running: 0 },
  functions: {},
  mappings: [],
  async: {},
};

let queues: Server;
let running: ConsoleServer | undefined;
let address: string;
let observations: Observations;

beforeEach(async () => {
  queues = createServer((_request, response) => response.end(JSON.stringify(QUEUES)));
  queues.listen(0, '127.0.0.1');
  await once(queues, 'listening');
});

afterEach(async () => {
  await running?.stop();
  queues.closeAllConnections();
  queues.close();
});

async function start({ readOnly = false } = {}): Promise<void> {
  const port = await freePort();
  const sqs = `http://127.0.0.1:${(queues.address() as AddressInfo).port}`;
  observations = new Observations();
  address = `http://127.0.0.1:${port}`;
  const sources = {
    ready: { api: sqs, console: address, endpoints: { sqs }, outputs: {} },
    model: { service: 'other', stage: 'local', functions: [], notRun: [] },
    version: '1.0.0',
    lambda: { snapshot: () => SNAPSHOT },
    gateway: undefined,
    observations,
    readOnly,
  } as unknown as ConsoleSources;
  running = await startConsole({ ...sources, host: '127.0.0.1', port });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const change =
  (method: 'POST' | 'PUT') =>
  (path: string, body: unknown, headers = {}) =>
    fetch(`${address}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
const put = change('PUT');
const post = change('POST');

describe("The console's server", () => {
  it('sends a sample each second, and to a page that comes back only what it has missed', async () => {
    await start();
    const [first, second] = await events('/api/events', 2);

    expect(first).toMatchObject({ queues: { orders: { visible: 4, inFlight: 2 } } });
    const [missed] = await events('/api/events', 1, { 'last-event-id': String(first?.at) });
    expect(missed?.at).toBe(second?.at);
  });

  it('describes the API that it answers, as OpenAPI and for a reader', async () => {
    await start();
    const described = await fetch(`${address}/api`, { headers: { accept: 'application/json' } });
    const { openapi, paths } = (await described.json()) as {
      openapi: string;
      paths: Record<string, Record<string, { requestBody?: unknown }>>;
    };
    const text = await (await fetch(`${address}/api`)).text();

    expect(openapi).toBe('3.1.0');
    const all = API_ROUTES.map(({ method, path }) => paths[path]?.[method.toLowerCase()]);
    expect(all).not.toContain(undefined);
    expect(paths['/api/workers']?.put?.requestBody).toMatchObject({ required: true });
    for (const { path } of API_ROUTES) expect(text).toContain(path);
  });

  it('gives the lines and the sums of what the functions wrote', async () => {
    await start();
    const listen = observations.listen(() => {});
    listen('orderAsync', '{"level":"INFO","message":"order accepted","order_id":"ord_1"}');
    listen('orderAsync', '{"_aws":{}}');

    const { lines } = (await (await fetch(`${address}/api/logs?text=ord_1`)).json()) as {
      lines: unknown[];
    };
    const metrics = await (await fetch(`${address}/api/metrics`)).json();

    expect(lines).toHaveLength(1);
    expect(metrics).toMatchObject({ lines: { read: 1, invalid: 1 } });
  });

  it('answers a fault with a problem that names the rule', async () => {
    await start();
    const wrongQuery = await fetch(`${address}/api/logs?limit=many`);
    const wrongBody = await put('/api/workers', { workers: 0 });
    const wrongType = await put('/api/workers', {}, { 'content-type': 'text/plain' });
    const unknown = await fetch(`${address}/api/nothing`);
    const notTheSale = await put('/api/workers', { workers: 3 });

    const answers = [wrongQuery, wrongBody, wrongType, unknown, notTheSale];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 415, 404, 501]);
    expect(wrongBody.headers.get('content-type')).toBe('application/problem+json');
    expect(await wrongBody.json()).toMatchObject({ detail: expect.stringContaining('workers') });
  });

  it('refuses a key that HTTP cannot carry, and names it', async () => {
    await start();
    for (const key of ['schlüssel-€', 'two\nlines']) {
      const answer = await post('/api/orders', { way: 'sync', body: {}, idempotency_key: key });

      expect(answer.status).toBe(400);
      const { detail } = (await answer.json()) as { detail: string };
      expect(detail).toContain(`HTTP cannot carry ${JSON.stringify(key)}`);
      expect(detail).toContain('idempotency_key');
    }
  });

  it('refuses changes from elsewhere, and all of them when it only shows', async () => {
    await start({ readOnly: true });
    expect((await put('/api/workers', { workers: 3 })).status).toBe(403);
    await running?.stop();
    await start();
    const foreign = await put('/api/workers', { workers: 3 }, { origin: 'http://evil.example' });
    expect(foreign.status).toBe(403);
  });

  it('serves a page whose policy lets only its own scripts run', async () => {
    await start();
    const page = await fetch(address);
    const script = await fetch(`${address}/page.js`);
    const style = await fetch(`${address}/page.css`);

    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect([page, script, style].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await script.text()).length).toBeGreaterThan(10_000);
    expect(await style.text()).toContain('.lane');
  });
});

async function events(path: string, count: number, headers = {}): Promise<{ at: number }[]> {
  const leave = new AbortController();
  const response = await fetch(`${address}${path}`, { headers, signal: leave.signal });
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const found = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
    if (found.length >= count && text.endsWith('\n\n')) {
      leave.abort();
      return found.map((data) => JSON.parse(data) as { at: number });
    }
  }
  throw new Error('the stream ended');
}
