import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { openConsole } from '../console/openConsole.ts';
import { messagingThread, tablesThread } from './emulators/emulatorThread.ts';
import { emulatorClients } from './emulators/provision.ts';
import { readOptions } from './options.ts';
import { type Part, Parts } from './parts.ts';
import { startLocalService } from './startLocalService.ts';
import { lambdaFunction, mapping, queue } from './template/testing/template.ts';
import { failing } from './testing/failing.ts';

const TIME_LIMIT_MS = 10_000;
const HANDLER = 'exports.handler = async () => ({ statusCode: 200, body: "ok" });';
const RESOURCES = {
  Worker: lambdaFunction({ Code: { S3Key: 'worker.zip' }, Handler: 'index.handler' }),
  Queue: queue(),
  Mapping: mapping(),
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } },
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: {
      TopicArn: { Ref: 'Topic' },
      Protocol: 'lambda',
      Endpoint: { 'Fn::GetAtt': ['Worker', 'Arn'] },
    },
  },
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      TableName: 'parcels',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    },
  },
  HttpApi: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'shop', ProtocolType: 'HTTP' } },
};

const PARTS = [
  'port 0',
  'packaging',
  'SNS and SQS',
  'DynamoDB',
  'provisioning',
  'Lambda',
  'the Lambda API',
  'the topic delivery to shop-test-worker',
  'the HTTP API',
  '--watch',
  'the console',
  'the ready file',
];

let folder: string;
let parts: Parts;
const emulators: Record<string, unknown> = {};
const messaging = messagingThread('eu-west-1', undefined);
const tables = tablesThread(undefined);
const environment = { ...process.env };

/** Takes the emulators that run already, and fails one part. */
class FailingParts extends Parts {
  readonly #failing: string;

  constructor(failing: string) {
    super();
    this.#failing = failing;
  }

  override start<Started>(part: Part<Started>): Promise<Started> {
    if (part.name !== this.#failing) {
      const running = emulators[part.name];
      return super.start(
        running ? { name: part.name, turn: part.turn, start: () => running as Started } : part,
      );
    }
    return super.start(failing(part, new Error('a fault on purpose')));
  }
}

const readyFile = () => path.join(folder, 'ready', 'ready.json');

function start(into: Parts, flags: Record<string, unknown> = {}) {
  parts = into;
  const places = { port: '0', 'console-port': '0', 'ready-file': readyFile() };
  const options = readOptions({ ...places, watch: true, ...flags }, {});
  return startLocalService(
    {
      options,
      ...{ service: 'shop', stage: 'test', region: 'eu-west-1', serviceDirectory: folder },
      packageService: async () => writePackage(),
      packageAgain: async () => {},
      console: openConsole(undefined),
      onLog: () => {},
    },
    parts,
  );
}

function writePackage(): string {
  const into = path.join(folder, 'package');
  mkdirSync(into);
  const template = path.join(into, 'cloudformation-template-update-stack.json');
  writeFileSync(template, JSON.stringify({ Resources: RESOURCES }));
  writeFileSync(path.join(into, 'worker.zip'), zipSync({ 'index.js': strToU8(HANDLER) }));
  return into;
}

/** What keeps a process alive, or works in it. */
const resources = () =>
  process
    .getActiveResourcesInfo()
    .filter((name) => ['MessagePort', 'TCPServerWrap', 'FSEventWrap'].includes(name)).length;

beforeAll(async () => {
  emulators['SNS and SQS'] = await messaging.start();
  emulators.DynamoDB = await tables.start();
}, TIME_LIMIT_MS);

afterAll(() => Promise.all([messaging.stop(), tables.stop()]));

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'start-'));
  process.env.TMPDIR = path.join(folder, 'tmp');
  mkdirSync(process.env.TMPDIR);
});

afterEach(async () => {
  await parts.stop();
  process.env.TMPDIR = environment.TMPDIR ?? '';
  if (environment.TMPDIR === undefined) delete process.env.TMPDIR;
  rmSync(folder, { recursive: true, force: true });
});

describe('A start', () => {
  it('has these parts, and leaves nothing when they are stopped', async () => {
    const before = resources();
    const names = new Set<string>();

    const { ready } = await start(
      new (class extends Parts {
        override start<Started>(part: Part<Started>): Promise<Started> {
          names.add(part.name);
          return super.start(part);
        }
      })(),
    );
    expect([...names].sort()).toEqual(PARTS.toSorted());
    expect(existsSync(readyFile())).toBe(true);
    await parts.stop();

    await expect(fetch(ready.api)).rejects.toThrow();
    expect(await settled(resources, before)).toBe(before);
    expect(readdirSync(path.join(folder, 'tmp'))).toEqual([]);
    expect(readdirSync(path.join(folder, 'ready'))).toEqual([]);
  });

  it.each(PARTS)('that fails at %s says so, and leaves nothing', async (name) => {
    const before = resources();
    const startedAt = performance.now();

    await expect(start(new FailingParts(name))).rejects.toThrow(
      `The start failed at ${name}: a fault on purpose`,
    );
    await parts.stop();

    expect(performance.now() - startedAt).toBeLessThan(TIME_LIMIT_MS);
    expect(await settled(resources, before)).toBe(before);
    expect(readdirSync(path.join(folder, 'tmp'))).toEqual([]);
    expect(existsSync(readyFile())).toBe(false);
  });

  it.each([
    ['ready-file', 'the ready file'],
    ['data', 'the data folder /proc/nobody/writes/here'],
  ])('that cannot write where --%s says names it', async (flag, name) => {
    await expect(
      start(new FailingParts(''), { [flag]: '/proc/nobody/writes/here' }),
    ).rejects.toThrow(`The start failed at ${name}: ENOENT`);
  });

  it('with --dynamodb-url keeps its tables there, and starts none of its own', async () => {
    const elsewhere = tablesThread(undefined);
    const url = await elsewhere.start();
    const names = new Set<string>();
    const naming = class extends Parts {
      override start<Started>(part: Part<Started>): Promise<Started> {
        names.add(part.name);
        return super.start(part);
      }
    };

    const { ready } = await start(new naming(), { 'dynamodb-url': url });
    const { dynamodb } = emulatorClients(url, url, 'eu-west-1');

    expect(names).toContain(`DynamoDB at ${url}`);
    expect(names).not.toContain('DynamoDB');
    expect(ready.endpoints.dynamodb).toBe(url);
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual(['parcels']);
    await parts.stop();
    // What is not its own goes on.
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual(['parcels']);
    dynamodb.destroy();
    await elsewhere.stop();
  });

  it('names the address of --dynamodb-url where nobody answers', async () => {
    const url = 'http://127.0.0.1:9';

    await expect(start(new FailingParts(''), { 'dynamodb-url': url })).rejects.toThrow(
      `The start failed at DynamoDB at ${url}: no DynamoDB answers there`,
    );
  });

  it('whose --data is a file names it', async () => {
    const file = path.join(folder, 'orders.txt');
    writeFileSync(file, '');

    await expect(start(new FailingParts(''), { data: file })).rejects.toThrow(
      `The start failed at the data folder ${file}: EEXIST`,
    );
  });
});

/** A handle that is closed is gone a turn later. */
async function settled(look: () => number, expected: number): Promise<number> {
  for (const end = performance.now() + 2000; performance.now() < end; await sleep(10))
    if (look() === expected) break;
  return look();
}
