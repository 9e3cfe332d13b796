import {
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetAccountSettingsCommand,
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FunctionName, startApi, UUID } from '../testing/lambdaApi.ts';
import { QUEUE_ARN } from '../testing/mapping.ts';
import { stopLambdas } from '../testing/startLambda.ts';

let api: Awaited<ReturnType<typeof startApi>>;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => {
  api.client.destroy();
  await stopLambdas();
});

// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
describe('function concurrency', () => {
  it('is put, read, used at once and taken away', async () => {
    const read = async () =>
      (await api.client.send(new GetFunctionConcurrencyCommand({ FunctionName })))
        .ReservedConcurrentExecutions;
    expect(await read()).toBeUndefined();

    const command = new PutFunctionConcurrencyCommand({
      FunctionName,
      ReservedConcurrentExecutions: 7,
    });
    expect((await api.client.send(command)).ReservedConcurrentExecutions).toBe(7);
    expect(await read()).toBe(7);
    expect(api.lambda.snapshot().functions.work?.reserved).toBe(7);
    const { AccountLimit } = await api.client.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit).toMatchObject({
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 993,
    });

    await api.client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect(await read()).toBeUndefined();
  });

  it('is refused where it leaves the account too little, or is no number of that kind', async () => {
    const put = (ReservedConcurrentExecutions: number) =>
      api.client.send(
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
    const { Functions = [] } = await api.client.send(new ListFunctionsCommand({}));
    const configuration = await api.client.send(
      new GetFunctionConfigurationCommand({ FunctionName }),
    );
    const { Configuration } = await api.client.send(new GetFunctionCommand({ FunctionName }));

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
    api.client.send(new UpdateEventSourceMappingCommand({ UUID, ...change }));

  beforeEach(async () => {
    await update({ BatchSize: 10, MaximumBatchingWindowInSeconds: 0, ScalingConfig: {} });
  });

  it('are found by function and by queue', async () => {
    const list = async (filter: object) =>
      (await api.client.send(new ListEventSourceMappingsCommand(filter))).EventSourceMappings;

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
    expect(await api.client.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject(
      expected,
    );
    expect(api.lambda.snapshot().mappings[0]).toMatchObject({
      batchSize: 20,
      maximumConcurrency: 20,
    });

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
    expect(api.lambda.snapshot().mappings[0]).toMatchObject({ batchSize: 10 });
  });

  it('that do not exist are answered 404', async () => {
    const unknown = new GetEventSourceMappingCommand({
      UUID: '00000000-0000-0000-0000-000000000000',
    });

    await expect(api.client.send(unknown)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
describe('the configuration of asynchronous invocation', () => {
  it('is put, changed in parts, read and taken away', async () => {
    const read = () => api.client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
    const OnFailure = { Destination: 'arn:aws:sqs:us-east-1:000000000000:failed' };
    await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

    const put = { FunctionName, MaximumRetryAttempts: 0, DestinationConfig: { OnFailure } };
    await api.client.send(new PutFunctionEventInvokeConfigCommand(put));
    const change = { FunctionName, MaximumEventAgeInSeconds: 60 };
    await api.client.send(new UpdateFunctionEventInvokeConfigCommand(change));

    expect(await read()).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure },
    });
    await api.client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
    await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is refused outside of its ranges, all faults at once', async () => {
    const command = new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 3,
      MaximumEventAgeInSeconds: 59,
    });

    await expect(api.client.send(command)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^2 validation errors detected: .*maximumRetryAttempts.*; .*59.*/,
      ),
    });
  });
});
