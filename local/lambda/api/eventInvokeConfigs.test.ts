import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from '@jest/globals';
import { ARN_PREFIX, FunctionName, NOW, OtherName, useApi } from '../testing/lambdaApi.ts';

const api = useApi();

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
      FunctionArn: `${ARN_PREFIX}${FunctionName}:$LATEST`,
      LastModified: NOW,
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure, OnSuccess: {} },
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

  // Recorded from AWS: https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/lambda_/test_lambda_api.snapshot.json (test_lambda_eventinvokeconfig_lifecycle and _exceptions)
  it('leaves out what was not set, and a put takes away what was', async () => {
    const put = (change: object) =>
      api.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...change }));
    await put({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 });

    const answer = await put({ MaximumRetryAttempts: 0 });

    expect(answer.MaximumRetryAttempts).toBe(0);
    expect(answer).not.toHaveProperty('MaximumEventAgeInSeconds');
    expect(api.lambda.controlPlane.functions.find(FunctionName).asyncSettings).toMatchObject({
      maximumRetryAttempts: 0,
      maximumEventAgeSeconds: 21_600,
    });
    await api.client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
  });

  it.each([
    [{}, 'You must specify at least one of error handling or destination setting.'],
    [
      { DestinationConfig: { OnSuccess: { Destination: `${ARN_PREFIX}nobody` } } },
      `The destination ARN ${ARN_PREFIX}nobody is invalid.`,
    ],
    [
      { DestinationConfig: { OnSuccess: { Destination: ARN_PREFIX + FunctionName } } },
      "You can't specify the function as a destination for itself.",
    ],
    [
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:iam::000000000000:x' } } },
      'The provided destination arn:aws:iam::000000000000:x is invalid, or of a service that is not run locally. The services run are: sqs, sns, lambda.',
    ],
  ])('%j is refused', async (change, message) => {
    const command = new PutFunctionEventInvokeConfigCommand({ FunctionName, ...change });

    await expect(api.client.send(command)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message,
    });
  });

  it('belongs to $LATEST, named in any way; a version that is not there is answered 404', async () => {
    const MaximumRetryAttempts = 1;
    const put = (of: { FunctionName: string; Qualifier?: string }) =>
      api.client.send(new PutFunctionEventInvokeConfigCommand({ ...of, MaximumRetryAttempts }));
    const notThere = { name: 'ResourceNotFoundException', message: "The function doesn't exist." };

    await put({ FunctionName: `${OtherName}:$LATEST`, Qualifier: '$LATEST' });
    const { FunctionEventInvokeConfigs } = await api.client.send(
      new ListFunctionEventInvokeConfigsCommand({ FunctionName: OtherName }),
    );
    expect(FunctionEventInvokeConfigs).toMatchObject([{ MaximumRetryAttempts }]);

    await expect(put({ FunctionName, Qualifier: 'live' })).rejects.toMatchObject(notThere);
    await expect(put({ FunctionName: 'nobody' })).rejects.toMatchObject(notThere);
    await expect(
      put({ FunctionName: `${FunctionName}:$LATEST`, Qualifier: 'live' }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message:
        'The derived qualifier from the function name does not match the specified qualifier.',
    });
    const read = new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: 'live' });
    await expect(api.client.send(read)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `The function ${ARN_PREFIX}${FunctionName}:live doesn't have an EventInvokeConfig`,
    });
  });
});
