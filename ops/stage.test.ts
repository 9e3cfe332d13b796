import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readAcceptedIds } from './reconciliation/acceptanceList.ts';
import { CannotAskError, findStage, functionName } from './stage.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'stage-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const name = path.join(folder, 'file');
  writeFileSync(name, content);
  return name;
}

const ready = (pid: number) => ({
  pid,
  api: 'http://localhost:8080',
  console: 'http://localhost:8081',
  endpoints: {
    sns: 'http://localhost:1',
    sqs: 'http://localhost:1',
    dynamodb: 'http://localhost:2',
    lambda: 'http://localhost:3',
  },
  outputs: {
    HttpApiUrl: 'http://localhost:8080',
    OrderTopicArn: 'arn:aws:sns:eu-west-1:000000000000:flash-sale-local-orders',
    OrderQueueUrl: 'http://localhost:1/000000000000/flash-sale-local-orders',
    OrderDeadLetterQueueUrl: 'http://localhost:1/000000000000/flash-sale-local-orders-dead-letters',
    DirectDeadLetterQueueUrl:
      'http://localhost:1/000000000000/flash-sale-local-direct-dead-letters',
    OrdersTableName: 'flash-sale-local-orders',
    ChargesTableName: 'flash-sale-local-charges',
  },
});

describe('findStage', () => {
  it('finds a local service by its ready file', async () => {
    const stage = await findStage({
      stage: 'local',
      readyFile: file(JSON.stringify(ready(process.pid))),
    });
    expect(stage).toMatchObject({
      name: 'local',
      region: 'eu-west-1',
      runtime: { pid: process.pid },
    });
    expect(functionName(stage, 'queueWorker')).toBe('flash-sale-local-queueWorker');
    stage.close();
  });

  it.each([
    ['is missing', () => path.join(folder, 'none'), /Start one with npm start/],
    ['is not one', () => file('{"pid":"one"}'), /not the ready file[\s\S]*pid/],
    [
      'is of a process that is gone',
      () => file(JSON.stringify(ready(2 ** 22 + 1))),
      /process 4194305\) is gone/,
    ],
  ])('tells what to do when the ready file %s', async (_, readyFile, message) => {
    const finding = findStage({ stage: 'local', readyFile: readyFile() });
    await expect(finding).rejects.toThrow(CannotAskError);
    await expect(finding).rejects.toThrow(message);
  });
});

describe('readAcceptedIds', () => {
  it('reads ids and JSON lines', async () => {
    const ids = await readAcceptedIds(file('ord_1\n\n{"status":202,"order_id":"ord_2"}\n'));
    expect(ids).toEqual(['ord_1', 'ord_2']);
  });

  it('reads a JSON array of ids, or of orders', async () => {
    const list = [
      'ord_1',
      { order_id: 'ord_2', status: 'pending' },
      { order_id: 'ord_3', status: 503 },
    ];
    expect(await readAcceptedIds(file(JSON.stringify(list, null, 2)))).toEqual(['ord_1', 'ord_2']);
    expect(await readAcceptedIds(file('[]'))).toEqual([]);
  });

  it('reads what Locust wrote: a line of an answer other than 2xx, or of no request, accepts nothing', async () => {
    const log = [
      { event: 'start', at: 1 },
      { at: 2, name: 'POST /orders/sync', status: 200, ms: 3000, order_id: 'ord_1' },
      { at: 2, name: 'POST /orders/sync [refused]', status: 503, ms: 2 },
      { at: 2, name: 'POST /orders/sync [declined]', status: 402, ms: 2, order_id: 'ord_2' },
      { event: 'cpu', at: 3, percent: 12.5 },
      { at: 3, name: 'POST /orders/async', status: 0, ms: 1, error: 'ConnectionRefusedError' },
    ];
    const lines = log.map((line) => `${JSON.stringify(line)}\n`).join('');
    expect(await readAcceptedIds(file(lines))).toEqual(['ord_1']);
  });

  it.each([
    '{"status":202}',
    '{"status":202,"order_id":null}',
    '{"order_id":7}',
    '{broken',
    'two words',
    '["ord_2"',
  ])('refuses the line %s, by its number', async (line) => {
    await expect(readAcceptedIds(file(`ord_1\n${line}\n`))).rejects.toThrow(
      /line 2: must be an order id/,
    );
  });

  it('refuses an item of an array that is no id, by its number', async () => {
    await expect(readAcceptedIds(file('["ord_1", 7]'))).rejects.toThrow(
      /item 2: must be an order id/,
    );
  });
});
