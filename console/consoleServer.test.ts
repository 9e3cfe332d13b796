import { afterEach, describe, expect, it } from '@jest/globals';
import { serviceInfoSchema } from '../contracts/consoleApi.ts';
import { sampleSchema } from '../contracts/sample.ts';
import { events, type RunningConsole, runConsole } from './testing/runningConsole.ts';

let running: RunningConsole;
afterEach(() => running.stop());

const ask = (path: string, init: RequestInit = {}) => fetch(`${running.address}${path}`, init);

describe("The console's server", () => {
  it('sends a sample each second, and to a page that comes back only what it has missed', async () => {
    running = await runConsole();
    const [first, second] = await events(running, '/api/events', 2);

    expect(first).toMatchObject({ queues: { orders: { visible: 4, inFlight: 2 } } });
    const [missed] = await events(running, '/api/events', 1, {
      'last-event-id': String(first?.at),
    });
    expect(missed?.at).toBe(second?.at);
  });

  it('goes on sampling when the queues leave one look without an answer', async () => {
    running = await runConsole();
    running.hung.count = 1;

    expect(await events(running, '/api/events', 1)).toHaveLength(1);
  });

  it('describes the API that it answers, as OpenAPI and for a reader', async () => {
    running = await runConsole();
    const described = await ask('/api', { headers: { accept: 'application/json' } });
    const { openapi, info, paths } = (await described.json()) as {
      openapi: string;
      info: { title: string };
      paths: Record<string, Record<string, unknown>>;
    };
    const text = await (await ask('/api')).text();
    const { routes } = running.console;

    expect(openapi).toBe('3.1.0');
    expect(info.title).toContain('parcels');
    const all = routes.map(({ method, path }) => paths[path]?.[method.toLowerCase()]);
    expect(all).not.toContain(undefined);
    for (const { path } of routes) expect(text).toContain(path);
  });

  it('gives the lines and the sums of what the functions wrote', async () => {
    running = await runConsole();
    const listen = running.observations.listen(() => {});
    listen('orderAsync', '{"level":"INFO","message":"order accepted","order_id":"ord_1"}');
    listen('orderAsync', '{"_aws":{}}');

    const { lines } = (await (await ask('/api/logs?text=ord_1')).json()) as { lines: unknown[] };
    const metrics = await (await ask('/api/metrics')).json();

    expect(lines).toHaveLength(1);
    expect(metrics).toMatchObject({ lines: { read: 1, invalid: 1 } });
  });

  it('answers a fault with a problem that names the rule', async () => {
    running = await runConsole();
    const wrongQuery = await ask('/api/logs?limit=many');
    const unknown = await ask('/api/nothing');

    expect([wrongQuery.status, unknown.status]).toEqual([400, 404]);
    expect(wrongQuery.headers.get('content-type')).toBe('application/problem+json');
    expect(await wrongQuery.json()).toMatchObject({ detail: expect.stringContaining('limit') });
  });

  it.each([
    ['/api/history?minutes=-1', 'minutes'],
    ['/api/logs?function[]=x', 'function[]'],
    ['/api/logs?level=INFO&level=WARN', 'level'],
    ['/api/service?a', 'a'],
    ['/api/events?after=never', 'after'],
    ['/api/events?since=1', 'since'],
  ])('refuses a parameter that it would have to pass over: %s', async (path, name) => {
    running = await runConsole();
    const answer = await ask(path);

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining(name) });
  });

  it.each(['//', '/%', '/?view=%'])('answers GET %s without a fault of its own', async (target) => {
    running = await runConsole();
    expect((await ask(target)).status).toBeLessThan(500);
  });

  it('serves a page whose policy lets only its own scripts run', async () => {
    running = await runConsole();
    const page = await ask('');
    const script = await ask('/page.js');
    const style = await ask('/page.css');

    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect([page, script, style].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await script.text()).length).toBeGreaterThan(10_000);
    for (const path of ['', '/page.js', '/api', '/api/service', '/api/nothing'])
      expect((await ask(path)).headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('The console of a service that brings no panels', () => {
  it('names that service, its functions, queues and topics', async () => {
    running = await runConsole();

    const answer = await (await ask('/api/service')).json();

    expect(serviceInfoSchema.strict().parse(answer)).toMatchObject({
      service: 'parcels',
      functions: ['crane'],
      queues: ['orders'],
      topics: [{ name: 'notices', subscriptions: ['crane'] }],
    });
  });

  it('knows no orders: neither in a route, nor in a sample, nor on the page', async () => {
    running = await runConsole();
    const [sample] = await events(running, '/api/events', 1);
    const page = [await ask('/page.js'), await ask('/page.css')];

    expect(() => sampleSchema.strict().parse(sample)).not.toThrow();
    const paths = running.console.routes.map(({ path }) => path).join(' ');
    expect(paths).not.toMatch(/order|dead|worker|sale/);
    for (const part of page) expect(await part.text()).not.toMatch(/\blane\b|order_id|Order desk/);
  });
});
