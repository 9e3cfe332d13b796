import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
