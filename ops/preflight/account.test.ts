import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readAccount } from './account.ts';
import type { Template } from './compiledTemplate.ts';
import { RULES } from './judge.ts';
import { preflight, tellRules } from './preflightCommand.ts';

const fn = (name: string, reserved: number) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { FunctionName: `shop-${name}`, ReservedConcurrentExecutions: reserved },
});
const TEMPLATE: Template = {
  Resources: {
    Worker: fn('worker', 22),
    New: fn('new', 300),
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        ...{ FunctionName: { Ref: 'Worker' }, EventSourceArn: 'arn:of:a:queue', BatchSize: 10 },
        ScalingConfig: { MaximumConcurrency: 22 },
      },
    },
  },
};

/** An account of 1000 in which others reserve 600; `shop-new` is not there yet. */
const ANSWERS: Record<string, unknown> = {
  '/2016-08-19/account-settings': {
    AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 360 },
  },
  '/2019-09-30/functions/shop-worker/concurrency': { ReservedConcurrentExecutions: 40 },
  '/2015-03-31/event-source-mappings?FunctionName=shop-worker': {
    EventSourceMappings: [{ BatchSize: 10, ScalingConfig: { MaximumConcurrency: 40 } }],
  },
};

const VARIABLES = {
  AWS_ENDPOINT_URL_LAMBDA: '',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
};

describe('The account that a deployment goes to', () => {
  const before = { ...process.env };
  let isOpen = true;
  const server = createServer((request, response) => answer(request, response, isOpen));

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, VARIABLES, { AWS_ENDPOINT_URL_LAMBDA: endpoint });
  });
  afterAll(() => {
    process.env = before;
    server.closeAllConnections();
    server.close();
  });

  it('is read as it is now, with the functions of the stage that are there', async () => {
    expect(await readAccount(TEMPLATE, 'eu-west-1')).toEqual({
      ...{ quota: 1000, unreserved: 360, topicMessagesPerSecond: 9000 },
      running: { Worker: { reserved: 40, mapping: { maximum: 40, batchSize: 10 } } },
    });
  });

  it.each([
    ['us-east-1', 30_000],
    ['eu-central-1', 1500],
    ['eu-north-1', 300],
  ])('takes %s to have a quota of %i messages a second', async (region, expected) => {
    expect((await readAccount(TEMPLATE, region)).topicMessagesPerSecond).toBe(expected);
  });

  it('stops what it cannot hold, and tells of workers that were changed by hand', async () => {
    const { text, told, isGood } = await judged();

    expect(isGood).toBe(false);
    expect(text).toContain(
      "error account-concurrency: the stage reserves 322: of the account's 1000 others reserve 600, and 78 would be left",
    );
    expect(text).toContain(
      'warning workers-changed-by-hand: Worker pays 40 x 10 orders at a time now, then 22 x 10',
    );
    expect(told).toEqual(['preflight: the account has 1000 executions in us-east-1']);
  });

  it('is left out, and that is told, when it lets nobody ask', async () => {
    isOpen = false;
    const { text, told } = await judged();

    expect(text).not.toContain('account-concurrency');
    expect(told).toEqual([expect.stringMatching(/was not asked.*AccessDenied.*not for you/)]);
  });

  async function judged() {
    const told: string[] = [];
    const place = { settings: {}, region: 'us-east-1', tell: (text: string) => told.push(text) };
    return { ...(await preflight(TEMPLATE, place)), told };
  }
});

describe('The rules', () => {
  it('are listed, a line each', () => {
    const lines = tellRules({ list: true })?.trimEnd().split('\n') ?? [];

    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(RULES.map(({ id }) => id));
    expect(JSON.parse(tellRules({ list: true, json: true }) ?? '')).toHaveLength(RULES.length);
  });

  it('are each explained, with what breaking one costs, the way out and the source', () => {
    for (const { id, costs, wayOut, source } of RULES)
      for (const part of [costs, wayOut, source])
        expect(tellRules({ explain: id })).toContain(part);
  });

  it('are not explained when there is none of that name', () => {
    expect(() => tellRules({ explain: 'nope' })).toThrow('--explain: there is no rule nope');
  });
});

function answer({ url = '' }: IncomingMessage, response: ServerResponse, isOpen: boolean): void {
  const found = ANSWERS[url.replace(/\/(?=\?|$)/, '')];
  const error = isOpen ? 'ResourceNotFoundException' : 'AccessDeniedException';
  const status = isOpen ? (found === undefined ? 404 : 200) : 403;
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': error })
    .end(JSON.stringify(status === 200 ? found : { message: 'not for you' }));
}
