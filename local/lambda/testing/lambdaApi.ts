import { LambdaClient } from '@aws-sdk/client-lambda';
import { FakeQueue } from './fakeQueue.ts';
import { functionModel } from './functions.ts';
import { ManualClock } from './manualClock.ts';
import { mappingModel } from './mapping.ts';
import { startLambda, type TestLambda } from './startLambda.ts';

export const FunctionName = 'shop-test-work';
export const UUID = mappingModel({}).uuid;
const CODE = `exports.handler = async (event, context) => {
  console.log(event.words ? 'word '.repeat(event.words).trim() : 'seen');
  if (event.fail) throw new Error('no luck');
  return { event, custom: context.clientContext?.custom };
};`;

/** A Lambda with one function and one mapping behind its API, and AWS's own client for it. */
export async function startApi(): Promise<TestLambda & { client: LambdaClient; url: string }> {
  const clock = new ManualClock();
  const started = await startLambda([functionModel(CODE, { environment: { COLOUR: 'red' } })], {
    eventSourceMappings: [mappingModel({ enabled: false })],
    queueClient: () => new FakeQueue(clock),
  });
  const { url } = await started.lambda.listenApi(0);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new LambdaClient({
    endpoint: url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  return { ...started, client, url };
}
