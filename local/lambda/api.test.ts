import {
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetAccountSettingsCommand,
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Lambda } from './lambda.ts';
import { FakeQueue } from './testing/fakeQueue.ts';
import { functionModel } from './testing/functions.ts';
import { ManualClock } from './testing/manualClock.ts';
import { mappingModel, QUEUE_ARN } from './testing/mapping.ts';
import { startLambda, stopLambdas } from './testing/startLambda.ts';

const FunctionName = 'shop-test-work';
const UUID = mappingModel({}).uuid;
const CODE = `exports.handler = async (event, context) => {
  console.log('seen');
  if (event.fail) throw new Error('no luck');
  return { event, custom: context.clientContext?.custom };
};`;

let lambda: Lambda;
let lines: string[];
let client: LambdaClient;
let url: string;

beforeAll(async () => {
  const model = functionModel(CODE, { environment: { COLOUR: 'red' } });
  const clock = new ManualClock();
  ({ lambda, lines } = await startLambda([model], {
    eventSourceMappings: [mappingModel({ enabled: false })],
    queueClient: () => new FakeQueue(clock),
  }));
  ({ url } = await lambda.listenApi(0));
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new LambdaClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  await stopLambdas();
});

const payloadOf = ({ Payload }: { Payload?: { transformToString(): string } }) =>
  JSON.parse(Payload?.transformToString() || 'null') as unknown;

// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
describe('Invoke', () => {
  it('answers with what the function answers', async () => {
    const answer = await client.send(
      new InvokeCommand({
        FunctionName,
        Payload: '{"n":1}',
        ClientContext: Buffer.from('{"custom":{"a":1}}').toString('base64'),
      }),
    );

    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.FunctionError).toBeUndefined();
    expect(payloadOf(answer)).toEqual({ event: { n: 1 }, custom: { a: 1 } });
  });

  it('answers 200 with X-Amz-Function-Error when the function fails', async () => {
    const answer = await client.send(new InvokeCommand({ FunctionName, Payload: '{"fail":true}' }));

    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(payloadOf(answer)).toMatchObject({ errorType: 'Error', errorMessage: 'no luck' });
  });

  it('brings the tail of the log where it is asked for', async () => {
    const { LogResult = '' } = await client.send(
      new InvokeCommand({ FunctionName, LogType: 'Tail' }),
    );

    const log = Buffer.from(LogResult, 'base64').toString();
    expect(log).toMatch(
      /^START RequestId: .*\n.*\tINFO\tseen\nEND RequestId: .*\nREPORT RequestId: .*\n$/,
    );
  });

  it('of type Event answers 202 and runs afterwards', async () => {
    const done = new Promise((resolve) => lambda.events.once('invocation', resolve));

    const answer = await client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));

    expect(answer.StatusCode).toBe(202);
    await done;
  });

  it('of type DryRun answers 204 and runs nothing', async () => {
    lines.length = 0;

    const answer = await client.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));

    expect(answer.StatusCode).toBe(204);
    expect(lines).toEqual([]);
  });

  it('is refused when the function is unknown, or the payload no JSON or too large', async () => {
    const invoke = (name: string, Payload: string) =>
      client.send(new InvokeCommand({ FunctionName: name, Payload }));

    await expect(invoke('other', '{}')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:other',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(invoke(FunctionName, '{')).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(invoke(FunctionName, JSON.stringify('x'.repeat(6_291_456)))).rejects.toMatchObject(
      {
        name: 'RequestTooLargeException',
        $metadata: { httpStatusCode: 413 },
      },
    );
  });

  it('without concurrency answers 429 with the reason and Retry-After', async () => {
    await client.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    );

    await expect(client.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Rate Exceeded.',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      retryAfterSeconds: '1',
      $metadata: { httpStatusCode: 429 },
    });
    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  });
});

// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
describe('function concurrency', () => {
  it('is put, read, used at once and taken away', async () => {
    const read = async () =>
      (await client.send(new GetFunctionConcurrencyCommand({ FunctionName })))
        .ReservedConcurrentExecutions;
    expect(await read()).toBeUndefined();

    const command = new PutFunctionConcurrencyCommand({
      FunctionName,
      ReservedConcurrentExecutions: 7,
    });
    expect((await client.send(command)).ReservedConcurrentExecutions).toBe(7);
    expect(await read()).toBe(7);
    expect(lambda.snapshot().functions.work?.reserved).toBe(7);
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit).toMatchObject({
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 993,
    });

    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect(await read()).toBeUndefined();
  });

  it('is refused where it leaves the account too little, or is no number of that kind', async () => {
    const put = (ReservedConcurrentExecutions: number) =>
      client.send(
        new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }),
      );

    await expect(put(901)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await expect(put(-1)).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        "1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0",
    });
  });
});

describe('functions', () => {
  // https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
  it('are listed and described', async () => {
    const { Functions = [] } = await client.send(new ListFunctionsCommand({}));
    const configuration = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName }));

    expect(Functions).toEqual([Configuration]);
    expect(configuration).toMatchObject(Configuration ?? {});
    expect(Configuration).toMatchObject({
      FunctionName,
      FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:shop-test-work',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 3,
      MemorySize: 256,
      Environment: { Variables: { COLOUR: 'red' } },
      State: 'Active',
    });
  });
});

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
describe('event source mappings', () => {
  const update = (change: object) =>
    client.send(new UpdateEventSourceMappingCommand({ UUID, ...change }));

  beforeEach(async () => {
    await update({ BatchSize: 10, MaximumBatchingWindowInSeconds: 0, ScalingConfig: {} });
  });

  it('are found by function and by queue', async () => {
    const list = async (filter: object) =>
      (await client.send(new ListEventSourceMappingsCommand(filter))).EventSourceMappings;

    const all = await list({});
    expect(all).toMatchObject([
      { UUID, EventSourceArn: QUEUE_ARN, BatchSize: 10, State: 'Disabled' },
    ]);
    expect(await list({ FunctionName })).toEqual(all);
    expect(await list({ EventSourceArn: QUEUE_ARN })).toEqual(all);
    expect(await list({ EventSourceArn: `${QUEUE_ARN}-other` })).toEqual([]);
    await expect(list({ FunctionName: 'other' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('are changed together: maximum concurrency, batch size, window and partial failures', async () => {
    const answer = await update({
      BatchSize: 20,
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 20 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });

    const expected = {
      BatchSize: 20,
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 20 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    };
    expect(answer).toMatchObject(expected);
    expect(await client.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject(expected);
    expect(lambda.snapshot().mappings[0]).toMatchObject({ batchSize: 20, maximumConcurrency: 20 });

    const { ScalingConfig } = await update({ ScalingConfig: {}, FunctionResponseTypes: [] });
    expect(ScalingConfig).toBeUndefined();
  });

  it.each([
    [
      { ScalingConfig: { MaximumConcurrency: 1 } },
      "Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value greater than or equal to 2",
    ],
    [
      { ScalingConfig: { MaximumConcurrency: 1001 } },
      "Value '1001' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value less than or equal to 1000",
    ],
    [{ BatchSize: 0 }, "Value '0' at 'batchSize'"],
    [{ MaximumBatchingWindowInSeconds: 301 }, "Value '301' at 'maximumBatchingWindowInSeconds'"],
    [{ FunctionResponseTypes: ['Other'] }, "Value '[Other]' at 'functionResponseTypes'"],
    [{ BatchSize: 11 }, 'Maximum batch window in seconds must be greater than 0'],
    [{ FilterCriteria: { Filters: [{ Pattern: '{' }] } }, 'Invalid filter pattern definition.'],
  ])('refuse %j in the words of AWS', async (change, message) => {
    await expect(update(change)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      $metadata: { httpStatusCode: 400 },
    });
    expect(lambda.snapshot().mappings[0]).toMatchObject({ batchSize: 10 });
  });

  it('that do not exist are answered 404', async () => {
    const unknown = new GetEventSourceMappingCommand({
      UUID: '00000000-0000-0000-0000-000000000000',
    });

    await expect(client.send(unknown)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
describe('the configuration of asynchronous invocation', () => {
  it('is put, changed in parts, read and taken away', async () => {
    const read = () => client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
    const OnFailure = { Destination: 'arn:aws:sqs:us-east-1:000000000000:failed' };
    await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

    const put = { FunctionName, MaximumRetryAttempts: 0, DestinationConfig: { OnFailure } };
    await client.send(new PutFunctionEventInvokeConfigCommand(put));
    const change = { FunctionName, MaximumEventAgeInSeconds: 60 };
    await client.send(new UpdateFunctionEventInvokeConfigCommand(change));

    expect(await read()).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure },
    });
    await client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
    await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is refused outside of its ranges, all faults at once', async () => {
    const command = new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 3,
      MaximumEventAgeInSeconds: 59,
    });

    await expect(client.send(command)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^2 validation errors detected: .*maximumRetryAttempts.*; .*59.*/,
      ),
    });
  });
});

it('answers an operation that is not run locally by its name', async () => {
  const answer = await fetch(`${url}/2015-03-31/functions`, { method: 'POST', body: '{}' });

  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({
    Message: expect.stringContaining('POST /2015-03-31/functions'),
  });
});
