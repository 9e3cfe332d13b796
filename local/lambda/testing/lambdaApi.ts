import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll } from '@jest/globals';
import { type LambdaApi, listenLambdaApi } from '../api/server.ts';
import { FakeQueue } from './fakeQueue.ts';
import { functionModel } from './functions.ts';
import { ManualClock } from './manualClock.ts';
import { mappingModel } from './mapping.ts';
import { startLambda, stopLambdas, type TestLambda } from './startLambda.ts';

export const FunctionName = 'shop-test-work';
export const OtherName = 'shop-test-other';
export const ARN_PREFIX = 'arn:aws:lambda:us-east-1:000000000000:function:';
/** What the API's clock says, in its unit. */
export const NOW = new Date('2026-01-01T00:00:00.000Z');
export const UUID = mappingModel({}).uuid;
const CODE = `exports.handler = async (event, context) => {
  console.log(event.words ? 'word '.repeat(event.words).trim() : 'seen');
  if (event.fail) throw new Error('no luck');
  return { event, custom: context.clientContext?.custom };
};`;

type Api = TestLambda & { client: LambdaClient; server: LambdaApi; url: string };

/** A Lambda with two functions and one mapping behind its API, and AWS's own client for it, for all tests of a file. */
export function useApi(): Api {
  const api = {} as Api;
  beforeAll(async () => {
    Object.assign(api, await startApi());
  });
  afterAll(async () => {
    api.client.destroy();
    await api.server.stop(0);
    await stopLambdas();
  });
  return api;
}

async function startApi(): Promise<Api> {
  const clock = new ManualClock();
  const work = functionModel(CODE, { environment: { COLOUR: 'red' } });
  const other = functionModel(CODE, { name: OtherName });
  const started = await startLambda([work, other], {
    clock,
    eventSourceMappings: [mappingModel({ enabled: false })],
    queueClient: () => new FakeQueue(clock),
  });
  const server = await listenLambdaApi(started.lambda.controlPlane, 0, '127.0.0.1');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new LambdaClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  return { ...started, client, server, url: server.url };
}
