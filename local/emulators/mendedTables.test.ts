import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateTableCommand,
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mendedDynalite } from './mendedTables.ts';
import { type EmulatorClients, emulatorClients, untilActive } from './provision.ts';

type Write = (this: object, key: string, ...rest: unknown[]) => Promise<void>;
const load = createRequire(import.meta.resolve('dynalite'));
const { Level }: { Level: { prototype: Record<'put' | 'del', Write> } } = load('level');
const { put, del } = Level.prototype;

const TableName = 'orders';
const IndexName = 'open';
const KEYS = ['id', 'open'].map((AttributeName) => ({
  AttributeName,
  AttributeType: 'S' as const,
}));
const hash = (AttributeName: string) => [{ AttributeName, KeyType: 'HASH' as const }];
const Projection = { ProjectionType: 'KEYS_ONLY' as const };

let folder: string;
let server: Server;
let dynamodb: EmulatorClients['dynamodb'];
/** A row's own write, once it has come to it, waits until the test is over: a kill comes before it. */
let kill: {
  isNext: boolean;
  hasCome: PromiseWithResolvers<void>;
  isOver: PromiseWithResolvers<void>;
};

const unlessKilled = (write: Write): Write =>
  function (key, ...rest) {
    if (!kill.isNext || !key.startsWith('item-')) return write.call(this, key, ...rest);
    kill.hasCome.resolve();
    return kill.isOver.promise;
  };

beforeEach(async () => {
  kill = { isNext: false, hasCome: Promise.withResolvers(), isOver: Promise.withResolvers() };
  Object.assign(Level.prototype, { put: unlessKilled(put), del: unlessKilled(del) });
  folder = mkdtempSync(path.join(tmpdir(), 'tables-'));
  server = mendedDynalite()({ path: folder, createTableMs: 0 });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  ({ dynamodb } = emulatorClients(url, url, 'us-east-1'));
  await dynamodb.send(
    new CreateTableCommand({
      ...{ TableName, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: KEYS },
      KeySchema: hash('id'),
      GlobalSecondaryIndexes: [{ IndexName, KeySchema: hash('open'), Projection }],
    }),
  );
  await untilActive(dynamodb, TableName);
  await write('first');
});

afterEach(async () => {
  Object.assign(Level.prototype, { put, del });
  kill.isOver.resolve();
  dynamodb.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const write = (id: string) =>
  dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: id }, open: { S: 'yes' } } }));
const Key = { id: { S: 'first' } };

const idsIn = async (index?: string) => {
  const scan = new ScanCommand({ TableName, ...(index && { IndexName: index }) });
  const { Items = [] } = await dynamodb.send(scan);
  return Items.filter(({ open }) => open !== undefined)
    .map(({ id }) => id?.S)
    .sort();
};

describe('Tables on disk hold in an index what their rows say, wherever a kill comes', () => {
  it.each([
    ['is put', () => write('second'), ['first', 'second']],
    [
      'leaves the index',
      () =>
        dynamodb.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: 'REMOVE #open',
            ExpressionAttributeNames: { '#open': 'open' },
          }),
        ),
      [],
    ],
    ['is deleted', () => dynamodb.send(new DeleteItemCommand({ TableName, Key })), []],
  ])('as a row %s', async (_what, change, expected) => {
    kill.isNext = true;
    const changing = change();
    await kill.hasCome.promise;

    expect(await idsIn(IndexName)).toEqual(expected);
    expect(await idsIn()).toEqual(expected);
    kill.isOver.resolve();
    await changing;
  });
});
