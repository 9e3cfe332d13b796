import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { readCall } from './awsCall.ts';
import { FaultServer } from './faultServer.ts';
import { draw, FaultPlan, type FaultRule } from './faults.ts';
import {
  FAULT_POINTS,
  PROVIDER_WITHOUT_KEY,
  SEAMS_FOLDER,
  seamPlugin,
  WORKER_ACKNOWLEDGES_FIRST,
} from './seams.ts';
import { shortened } from './serviceWithSeams.ts';

const rule = (overrides: Partial<FaultRule> = {}): FaultRule => ({
  kind: 'SNS error',
  on: 'sns',
  call: /^Publish/,
  action: 'error',
  share: 0.3,
  ...overrides,
});

function decisions(seed: number, ids: string[]): (string | undefined)[] {
  const plan = new FaultPlan(seed);
  plan.inject([rule()]);
  return ids.map((id) => plan.decide('sns', 'Publish', id));
}

describe('FaultPlan', () => {
  const ids = Array.from({ length: 200 }, (_, index) => `ord_${index}`);

  it('strikes the same calls for the same seed, in whatever order they come', () => {
    const forwards = decisions(7, ids);
    expect(decisions(7, ids.toReversed()).reverse()).toEqual(forwards);
    expect(decisions(8, ids)).not.toEqual(forwards);
    const struck = forwards.filter((action) => action === 'error').length;
    expect(struck).toBeGreaterThan(40);
    expect(struck).toBeLessThan(80);
  });

  it('counts what it strikes, and strikes an order once where it is told to', () => {
    const plan = new FaultPlan(1);
    plan.inject([rule({ share: 1, isOnce: true })]);
    expect([1, 2, 3].map(() => plan.decide('sns', 'Publish', 'ord_1'))).toEqual([
      'error',
      undefined,
      undefined,
    ]);
    plan.decide('sns', 'Publish', 'ord_2');
    expect(plan.firedOf('SNS error')).toBe(2);
  });

  it('strikes as often again when a rule that strikes a few times is injected anew', () => {
    const plan = new FaultPlan(1);
    const strikes = (ids: string[]) => ids.map((id) => plan.decide('sns', 'Publish', id));
    const once = rule({ share: 1, most: 1 });
    plan.inject([once]);
    expect(strikes(['ord_1', 'ord_2'])).toEqual(['error', undefined]);
    plan.inject([once]);
    expect(strikes(['ord_3', 'ord_4'])).toEqual(['error', undefined]);
  });

  it('tells when every rule has struck often enough since it was injected', () => {
    const plan = new FaultPlan(1);
    const rules = [rule({ share: 1 }), rule({ kind: 'once', on: 'sqs', share: 1, most: 1 })];
    for (let round = 0; round < 2; round += 1) {
      plan.inject(rules);
      plan.decide('sqs', 'Publish', 'ord_1');
      plan.decide('sns', 'Publish', 'ord_1');
      expect(plan.hasStruck(2)).toBe(false);
      plan.decide('sns', 'Publish', 'ord_2');
      expect(plan.hasStruck(2)).toBe(true);
    }
  });

  it('draws from 0 to 1', () => {
    const drawn = ids.map((id) => draw(1, id));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
  });
});

describe('A call, as rules name it', () => {
  const QueueUrl = 'http://127.0.0.1:4100/000000000000/flash-sale-local-orders';

  it.each([
    ['dynamodb', 'DynamoDB_20120810.PutItem', { TableName: 'a-table' }, 'PutItem a-table'],
    ['sqs', 'AmazonSQS.ReceiveMessage', { QueueUrl }, 'ReceiveMessage flash-sale-local-orders'],
  ] as const)(
    'is what is done, and to which table or queue (%s)',
    (service, target, body, name) => {
      const headers = { 'x-amz-target': target };
      expect(readCall(service, headers, JSON.stringify(body)).name).toBe(name);
    },
  );
});

describe('FaultServer', () => {
  const plan = new FaultPlan(1);
  const server = new FaultServer(plan, () => {});
  const reached: string[] = [];
  const emulator = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.end('done');
  });
  let url = '';
  beforeAll(async () => {
    emulator.listen(0, '127.0.0.1');
    await once(emulator, 'listening');
    const target = `http://127.0.0.1:${(emulator.address() as AddressInfo).port}`;
    server.connect({ dynamodb: target, sns: target, sqs: target });
    url = await server.listen();
  });
  afterAll(async () => {
    await server.close();
    emulator.closeAllConnections();
    emulator.close();
  });

  const publish = async () => {
    reached.length = 0;
    const answer = await fetch(`${url}/sns/`, {
      method: 'POST',
      body: new URLSearchParams({ Action: 'Publish' }),
    });
    return { status: answer.status, text: await answer.text(), reached: reached.length };
  };

  it('lets a call through', async () => {
    plan.inject([]);
    expect(await publish()).toEqual({ status: 200, text: 'done', reached: 1 });
  });

  it('refuses a call before it arrives, or after', async () => {
    plan.inject([rule({ share: 1 })]);
    expect(await publish()).toMatchObject({ status: 500, reached: 0 });
    plan.inject([rule({ share: 1, action: 'throttle' })]);
    expect(await publish()).toMatchObject({
      status: 400,
      text: expect.stringContaining('Throttling'),
      reached: 0,
    });
    plan.inject([rule({ share: 1, action: 'doneButError' })]);
    expect(await publish()).toMatchObject({ status: 500, reached: 1 });
  });

  it('tells a point of the code what to do', async () => {
    plan.inject([rule({ on: 'point', call: /^before-charge queued/, action: 'exit', share: 1 })]);
    const ask = (point: string) =>
      fetch(`${url}/point?point=${point}&way=queued&order=ord_1`).then((answer) => answer.text());
    expect(await ask('before-charge')).toBe('exit');
    expect(await ask('after-charge')).toBe('go');
  });
});

describe('a service under faults', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const handlers = readdirSync(path.join(root, 'functions')).filter(
    (name) => !name.endsWith('.test.ts'),
  );

  it.each([
    ['right', FAULT_POINTS],
    ['with a provider without its key check', PROVIDER_WITHOUT_KEY],
    ['with a worker that acknowledges first', WORKER_ACKNOWLEDGES_FIRST],
  ])('is bundled with each seam in its place, %s', async (_, seams) => {
    const { metafile } = await build({
      entryPoints: handlers.map((name) => path.join(root, 'functions', name)),
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      packages: 'external',
      outdir: 'none',
      platform: 'node',
      logLevel: 'error',
      plugins: [seamPlugin(root, seams)],
    });

    const bundled = Object.keys(metafile.inputs);
    expect(bundled).toEqual(
      expect.arrayContaining(Object.values(seams).map((seam) => `${SEAMS_FOLDER}/${seam}`)),
    );
  });

  it('has a queue that delivers again within seconds, and every reference of the manifest', () => {
    const manifest = readFileSync(path.join(root, 'serverless.yml'), 'utf8');
    const short = shortened(manifest);

    expect(short).toContain('VisibilityTimeout: 4');
    const references = (text: string) => text.match(/!\w+ [\w.'$]+/g);
    expect(references(short)).toEqual(references(manifest));
  });
});
