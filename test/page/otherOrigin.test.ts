import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { logsSchema } from '../../contracts/consoleApi.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type ReadyFile, type Stage } from '../../ops/stage.ts';
import { readStatuses } from '../support/statuses.ts';
import { launchChromium } from './chromium.ts';

/** What a page can make a browser send without asking, and what it can with leave. */
const TARGET = { dynamodb: 'DynamoDB_20120810.Scan', sqs: 'AmazonSQS.ListQueues' };
const CONFIG = 'event-invoke-config';

let service: LocalService;
let browser: Browser;
let stranger: Server;
let stage: Stage;
let page: Page;

beforeAll(async () => {
  service = new LocalService({ environment: { PAYMENT_SECONDS: '0.1' } });
  stranger = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Somebody else</title><iframe name="frame"></iframe>');
  }).listen(0, '127.0.0.1');
  [browser] = await Promise.all([launchChromium(), service.start(), once(stranger, 'listening')]);
  stage = localStage(service.ready as ReadyFile);
  page = await browser.newPage();
  // Another site by name, which Chromium lets reach this machine.
  await page.goto(`http://localhost:${(stranger.address() as AddressInfo).port}/`);
}, 120_000);

afterAll(async () => {
  stage?.close();
  await browser?.close();
  stranger?.close();
  await service?.remove();
});

const ports = (): [name: string, url: string][] => {
  const { endpoints, console } = service.ready;
  return [
    ['tables', endpoints.dynamodb],
    ['SNS and SQS', endpoints.sqs],
    ['Lambda API', endpoints.lambda],
    ['console', console],
  ];
};

interface Tried {
  url: string;
  method?: string;
  mode?: 'cors' | 'no-cors';
  headers?: Record<string, string>;
  body?: string;
}

/** What the page reads of the answer; undefined where the browser keeps it away. */
const read = (tried: Tried): Promise<string | undefined> =>
  page.evaluate(async ({ url, ...init }) => {
    try {
      const answer = await fetch(url, init as RequestInit);
      return answer.type === 'opaque' ? undefined : await answer.text();
    } catch {
      return undefined;
    }
  }, tried);

/** Lets the page send a form into a frame, and waits for what came of it. */
async function submit(url: string, enctype: string, fields: Record<string, string>): Promise<void> {
  const answered = page.waitForEvent('requestfinished', {
    predicate: (request) => request.url().startsWith(url),
  });
  await page.evaluate(
    ({ action, type, values }) => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'POST', action, enctype: type, target: 'frame' });
      for (const [name, value] of Object.entries(values)) {
        const field = document.createElement('input');
        Object.assign(field, { name, value });
        form.append(field);
      }
      document.body.append(form);
      form.submit();
    },
    { action: url, type: enctype, values: fields },
  );
  await answered;
}

/** Whether an element that loads an address gets something it can use. */
const loads = (tag: 'img' | 'script', url: string): Promise<boolean> =>
  page.evaluate(
    ({ name, address }) =>
      new Promise<boolean>((resolve) => {
        const element = document.createElement(name);
        element.addEventListener('load', () => resolve(true));
        element.addEventListener('error', () => resolve(false));
        (element as HTMLImageElement).src = address;
        document.body.append(element);
      }),
    { name: tag, address: url },
  );

const functionName = (key: string) => `flash-sale-local-${key}`;

async function messagesSeen(): Promise<number> {
  const { Attributes = {} } = await stage.clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: stage.outputs.OrderDeadLetterQueueUrl,
      AttributeNames: ['All'],
    }),
  );
  return Number(Attributes.ApproximateNumberOfMessages);
}

describe('A page of another origin', () => {
  it('reads nothing from any port', async () => {
    for (const [name, url] of ports()) {
      const paths = [
        '/',
        '/api/service',
        '/api/orders/x',
        '/2015-03-31/functions',
        '/_fauxqs/queues',
      ];
      for (const path of paths) {
        for (const mode of ['cors', 'no-cors'] as const)
          expect([name, path, await read({ url: `${url}${path}`, mode })]).toEqual([
            name,
            path,
            undefined,
          ]);
      }
      for (const tag of ['img', 'script'] as const)
        expect([name, tag, await loads(tag, `${url}/page.js`)]).toEqual([name, tag, false]);
    }
  });

  it('calls no operation, with or without leave', async () => {
    for (const [name, url] of ports()) {
      for (const contentType of ['text/plain', 'application/x-amz-json-1.0', 'application/json']) {
        for (const target of Object.values(TARGET)) {
          const answer = await read({
            url,
            method: 'POST',
            headers: { 'content-type': contentType, 'x-amz-target': target },
            body: JSON.stringify({ TableName: stage.outputs.OrdersTableName }),
          });
          expect([name, contentType, answer]).toEqual([name, contentType, undefined]);
        }
      }
    }
  });

  it('invokes no function and changes no setting', async () => {
    const { lambda } = service.ready.endpoints;
    const before = await (await fetch(`${service.ready.console}/api/stats`)).text();
    const invoke = `${lambda}/2015-03-31/functions/${functionName('health')}/invocations`;
    await read({ url: invoke, method: 'POST', mode: 'no-cors', body: '{}' });
    await submit(invoke, 'text/plain', { '{"a': '"}' });
    await read({
      url: `${lambda}/2017-10-31/functions/${functionName('health')}/concurrency`,
      method: 'PUT',
      body: '{"ReservedConcurrentExecutions":1}',
    });
    await read({
      url: `${lambda}/2019-09-25/functions/${functionName('topicProcessor')}/${CONFIG}`,
      method: 'POST',
      mode: 'no-cors',
      body: '{"MaximumRetryAttempts":0}',
    });
    const health = (text: string) =>
      JSON.stringify((JSON.parse(text) as { functions: Record<string, unknown> }).functions.health);
    const after = await (await fetch(`${service.ready.console}/api/stats`)).text();
    expect(health(after)).toBe(health(before));
    const { Functions } = await stage.clients.lambda.send(new ListFunctionsCommand());
    expect(Functions).toHaveLength(Object.keys(JSON.parse(after).functions).length);
  });

  it('publishes nothing by a form, and places no order through the console', async () => {
    const { sns } = service.ready.endpoints;
    const workers = async () => (await fetch(`${service.ready.console}/api/workers`)).json();
    const workersBefore = await workers();
    const order = {
      customer_id: 1,
      items: [{ item_id: 'item-1', name: 'Product Name', price: 9.99, quantity: 1 }],
    };
    const fields = {
      Action: 'Publish',
      TopicArn: stage.outputs.OrderTopicArn,
      Message: 'no order',
      'MessageAttributes.entry.1.Name': 'way',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': 'direct',
    };
    await submit(`${sns}/`, 'application/x-www-form-urlencoded', fields);
    const body = JSON.stringify({ way: 'queued', body: order });
    const orders = `${service.ready.console}/api/orders`;
    for (const mode of ['cors', 'no-cors'] as const)
      await read({ url: orders, method: 'POST', mode, body });
    await read({
      url: `${service.ready.console}/api/workers`,
      method: 'PUT',
      body: '{"workers":1}',
    });

    const logs = await (await fetch(`${service.ready.console}/api/logs`)).json();
    expect(JSON.stringify(logsSchema.parse(logs))).not.toContain('not an order message');
    expect([...(await readStatuses(stage)).keys()]).toEqual([]);
    expect(await messagesSeen()).toBe(0);
    expect(await workers()).toEqual(workersBefore);
  });

  it('reads nothing under a name of its own that was pointed at this machine', async () => {
    for (const [name, url] of ports()) {
      const rebound = await launchChromium(['--host-resolver-rules=MAP evil.example 127.0.0.1']);
      try {
        const evil = await rebound.newPage();
        const address = url.replace('127.0.0.1', 'evil.example');
        const answer = await evil.goto(address);
        expect([name, answer?.status()]).toEqual([name, 403]);
        expect([name, await evil.content()]).toEqual([
          name,
          expect.stringContaining('Host must be'),
        ]);
      } finally {
        await rebound.close();
      }
    }
  });
});

it("A link from another page opens the console, and the console's own page works", async () => {
  await page.evaluate((url) => {
    const link = document.createElement('a');
    Object.assign(link, { href: url, textContent: 'the console' });
    document.body.append(link);
  }, service.ready.console);
  await page.getByRole('link', { name: 'the console' }).click();
  await page.locator('#connection', { hasText: 'live' }).waitFor();
});
