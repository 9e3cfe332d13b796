import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { useLocalEndpoints } from './localEndpoints.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-endpoints-'));
const readyFile = path.join(folder, 'ready.json');
const endpoints = {
  sns: 'http://127.0.0.1:1',
  sqs: 'http://127.0.0.1:2',
  dynamodb: 'http://127.0.0.1:3',
  lambda: 'http://127.0.0.1:4',
};

beforeAll(() => {
  const names = ['HttpApiUrl', 'OrderTopicArn', 'OrderQueueUrl', 'OrderDeadLetterQueueUrl'];
  const others = ['DirectDeadLetterQueueUrl', 'OrdersTableName', 'ChargesTableName'];
  const outputs = Object.fromEntries([...names, ...others].map((name) => [name, name]));
  const ready = { pid: process.pid, api: 'http://127.0.0.1', console: 'http://127.0.0.1' };
  writeFileSync(readyFile, JSON.stringify({ ...ready, endpoints, outputs }));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('sls invoke on stage local', () => {
  it('finds the running service by its ready file, whatever credentials the person has', () => {
    const environment = { AWS_PROFILE: 'mine', AWS_SESSION_TOKEN: 'secret' };

    useLocalEndpoints(environment, readyFile);

    expect(environment).toEqual({
      AWS_ENDPOINT_URL_SNS: endpoints.sns,
      AWS_ENDPOINT_URL_SQS: endpoints.sqs,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
      AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
  });

  it.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_LAMBDA'])('goes where %s says', (name) => {
    const environment = { [name]: 'http://127.0.0.1:4566' };

    useLocalEndpoints(environment, readyFile);

    expect(environment).toEqual({ [name]: 'http://127.0.0.1:4566' });
  });

  it('says how to start a service when none is running', () => {
    expect(() => useLocalEndpoints({}, path.join(folder, 'none.json'))).toThrow(/npm start/);
  });
});
