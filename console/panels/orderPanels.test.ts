import { afterEach, describe, expect, it } from '@jest/globals';
import { orderServiceSchema } from '../../contracts/orderPanelsApi.ts';
import { orderSampleSchema } from '../../contracts/orderSample.ts';
import { events, post, put, type RunningConsole, runConsole } from '../testing/runningConsole.ts';
import panels from './orderPanels.ts';

const DEAD = 'orders-dead-letters';

let running: RunningConsole;
afterEach(() => running.stop());

describe('The console with the order panels', () => {
  it('describes their routes beside its own', async () => {
    running = await runConsole({ panels });
    const described = await fetch(`${running.address}/api`, {
      headers: { accept: 'application/json' },
    });
    const { paths } = (await described.json()) as {
      paths: Record<string, Record<string, { requestBody?: unknown }>>;
    };

    expect(paths['/api/workers']?.put?.requestBody).toMatchObject({ required: true });
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/api/stats', '/api/sale']));
    // That of a stage with a stock alone.
    expect(Object.keys(paths)).not.toContain('/api/stock');
  });

  it('says and samples what their page reads', async () => {
    running = await runConsole({ panels });
    const service = await (await fetch(`${running.address}/api/service`)).json();
    const [sample] = await events(running, '/api/events', 1);

    expect(() => orderServiceSchema.strict().parse(service)).not.toThrow();
    expect(() => orderSampleSchema.strict().parse(sample)).not.toThrow();
    expect(await (await fetch(`${running.address}/page.css`)).text()).toContain('.lane');
    expect(await (await fetch(`${running.address}/page.js`)).text()).toContain('Recent orders');
  });

  it('answers a fault with a problem that names the rule', async () => {
    running = await runConsole({ panels });
    const wrongBody = await put(running, '/api/workers', { workers: 0 });
    const wrongType = await put(running, '/api/workers', {}, { 'content-type': 'text/plain' });
    const notTheSale = await put(running, '/api/workers', { workers: 3 });

    const answers = [wrongBody, wrongType, notTheSale];
    expect(answers.map(({ status }) => status)).toEqual([400, 415, 501]);
    expect(wrongBody.headers.get('content-type')).toBe('application/problem+json');
    expect(await wrongBody.json()).toMatchObject({ detail: expect.stringContaining('workers') });
    expect(await notTheSale.json()).toMatchObject({
      detail: expect.stringContaining('OrderQueueUrl'),
    });
  });

  it.each([true, '3', [7], null])('takes %j for no number of workers', async (workers) => {
    running = await runConsole({ panels });
    expect((await put(running, '/api/workers', { workers })).status).toBe(400);
  });

  it.each([
    ['{"workers": 3, "workers": 3}', 'workers'],
    ['{"workers": 3, "work\\u0065rs": 7}', 'workers'],
    ['{"workers": {"a\\"b": 1, "a\\"b" : {}}}', 'a"b'],
    ['{"__proto__": 1, "__proto__": 2}', '__proto__'],
  ])('refuses a body that has a name twice: %s', async (body, name) => {
    running = await runConsole({ panels });
    const answer = await put(running, '/api/workers', body);

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      detail: expect.stringContaining(`"${name}" more`),
    });
  });

  it('takes a text that reads like a name, and one name in two objects, for what they are', async () => {
    running = await runConsole({ panels });
    const body = '{"workers": "workers\\":", "items": [{"workers": 1}, {"workers": "\\\\"}]}';
    const answer = await put(running, '/api/workers', body);

    expect(await answer.json()).toMatchObject({ detail: expect.not.stringContaining('more than') });
  });

  it('refuses a key that HTTP cannot carry, and names it', async () => {
    running = await runConsole({ panels });
    for (const key of ['schlüssel-€', 'two\nlines']) {
      const order = { way: 'sync', body: {}, idempotency_key: key };
      const answer = await post(running, '/api/orders', order);

      expect(answer.status).toBe(400);
      const { detail } = (await answer.json()) as { detail: string };
      expect(detail).toContain(`HTTP cannot carry ${JSON.stringify(key)}`);
      expect(detail).toContain('idempotency_key');
    }
  });

  it('refuses a body that nests deeper than JSON is written', async () => {
    running = await runConsole({ panels });
    const deep = `${'['.repeat(9000)}${']'.repeat(9000)}`;

    for (const body of [deep, `{"way":"sync","body":${deep}}`])
      expect((await post(running, '/api/orders', body)).status).toBe(400);
  });

  it('refuses changes from elsewhere, and all of them when it only shows', async () => {
    running = await runConsole({ panels, readOnly: true });
    expect((await put(running, '/api/workers', { workers: 3 })).status).toBe(403);
    await running.stop();
    running = await runConsole({ panels });
    const from = { origin: 'http://evil.example' };
    expect((await put(running, '/api/workers', { workers: 3 }, from)).status).toBe(403);
  });

  it('shows every dead letter, whatever a stranger wrote into one', async () => {
    running = await runConsole({
      panels,
      outputs: { OrderDeadLetterQueueUrl: `http://q/${DEAD}` },
    });
    const bodies = [
      { requestContext: { condition: { toString: 1 } } },
      { requestContext: { condition: 'Given up' }, responsePayload: { errorMessage: {} } },
      { requestContext: { condition: 'Given up', approximateInvokeCount: 3 } },
    ].map((body) => JSON.stringify(body));
    const ready = bodies.map((body, index) => ({
      messageId: String(index),
      sentTimestamp: index,
      body,
    }));
    running.queueAnswers[`/_fauxqs/queues/${DEAD}`] = {
      messages: { ready, delayed: [], inflight: [] },
    };

    const answer = await fetch(`${running.address}/api/dead-letters`);
    const { letters } = (await answer.json()) as { letters: { body: string }[] };

    expect(answer.status).toBe(200);
    expect(letters.map(({ body }) => body).sort()).toEqual(bodies.sort());
  });

  it('changes no dead letter that its request does not name by cause and reason', async () => {
    running = await runConsole({ panels });
    const bodies = [
      {},
      { action: 'redrive' },
      { action: 'redrive', cause: '' },
      { action: 'discard', cause: 'abc123' },
      { action: 'discard', cause: 'abc123', reason: ' ' },
      { action: 'purge', cause: 'abc123' },
    ];
    for (const body of bodies)
      expect((await post(running, '/api/dead-letters', body)).status).toBe(400);
    const unknown = await post(running, '/api/dead-letters', {
      action: 'redrive',
      cause: 'abc123',
    });
    expect(unknown.status).toBe(501);
  });
});
