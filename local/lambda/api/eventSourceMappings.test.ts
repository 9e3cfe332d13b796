import {
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ARN_PREFIX, FunctionName, NOW, OtherName, UUID, useApi } from '../testing/lambdaApi.ts';
import { QUEUE_ARN } from '../testing/mapping.ts';

const api = useApi();

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
describe('event source mappings', () => {
  const update = (change: object) =>
    api.client.send(new UpdateEventSourceMappingCommand({ UUID, ...change }));

  const read = () => api.client.send(new GetEventSourceMappingCommand({ UUID }));

  beforeEach(async () => {
    await update({ BatchSize: 10, MaximumBatchingWindowInSeconds: 0, ScalingConfig: {} });
  });

  it('are found by function and by queue', async () => {
    const list = async (filter: object) =>
      (await api.client.send(new ListEventSourceMappingsCommand(filter))).EventSourceMappings;

    const all = await list({});
    expect(all).toMatchObject([
      { UUID, EventSourceArn: QUEUE_ARN, BatchSize: 10, State: 'Disabled', LastModified: NOW },
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
    [{ FunctionName: 'nobody' }, 'Function does not exist'],
  ])('refuse %j in the words of AWS', async (change, message) => {
    await expect(update(change)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      $metadata: { httpStatusCode: 400 },
    });
    expect(api.lambda.snapshot().mappings[0]).toMatchObject({ batchSize: 10 });
  });

  // Recorded from AWS: https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/lambda_/event_source_mapping/test_lambda_integration_sqs.py (test_sqs_invalid_event_filter)
  it.each(['{', 'null', '"text"', '{"eventSource":"aws:sqs"}', '{"body":[{"prefixes":"x"}]}'])(
    'refuse the filter pattern %s',
    async (Pattern) => {
      await expect(update({ FilterCriteria: { Filters: [{ Pattern }] } })).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
        message: expect.stringContaining('Invalid filter pattern definition.'),
      });
      const { FilterCriteria } = await read();
      expect(FilterCriteria).toBeUndefined();
    },
  );

  // The words: https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/lambda_/test_lambda_api.snapshot.json (destination_config_failure).
  // What queues have: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
  it.each([
    ['MaximumRetryAttempts', 2],
    ['ParallelizationFactor', 2],
    ['DestinationConfig', { OnFailure: { Destination: QUEUE_ARN } }],
  ])('refuse %s, which a queue does not have', async (parameter, value) => {
    await expect(update({ [parameter]: value })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: `Unsupported ${parameter} parameter for given event source mapping type.`,
    });
  });

  it('refuse what is not run here by its name', async () => {
    await expect(
      update({ ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 5 } }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'ProvisionedPollerConfig is not run locally.',
    });
  });

  // Recorded from AWS: https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/lambda_/event_source_mapping/test_lambda_integration_sqs.snapshot.json (test_sqs_event_source_mapping_update)
  it('change their function, by name or ARN', async () => {
    const { State, FunctionArn } = await update({ FunctionName: ARN_PREFIX + OtherName });

    expect({ State, FunctionArn }).toEqual({
      State: 'Updating',
      FunctionArn: ARN_PREFIX + OtherName,
    });
    expect(await read()).toMatchObject({
      FunctionArn: ARN_PREFIX + OtherName,
      State: 'Disabled',
    });
    await update({ FunctionName });
  });

  // https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html (State)
  it('answer a change with the state they pass through, and are in the next one when read', async () => {
    const states: unknown[] = [];
    for (const change of [{ Enabled: true }, { BatchSize: 5 }, { Enabled: false }])
      states.push((await update(change)).State, (await read()).State);

    expect(states).toEqual(['Enabling', 'Enabled', 'Updating', 'Enabled', 'Disabling', 'Disabled']);
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
