import {
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from '@jest/globals';
import { ARN_PREFIX, FunctionName, OtherName, UUID, useApi } from '../testing/lambdaApi.ts';

const api = useApi();

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

  it('is refused where it leaves the account too little, or is not a number of that kind', async () => {
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

    expect(Functions.map((listed) => listed.FunctionName)).toEqual([FunctionName, OtherName]);
    expect(Functions[0]).toEqual(Configuration);
    expect(configuration).toMatchObject(Configuration ?? {});
    expect(Configuration).toMatchObject({
      FunctionName,
      FunctionArn: ARN_PREFIX + FunctionName,
      Description: '',
      Architectures: ['x86_64'],
      TracingConfig: { Mode: 'PassThrough' },
      EphemeralStorage: { Size: 512 },
      LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${FunctionName}` },
      SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
      RevisionId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      PackageType: 'Zip',
      Version: '$LATEST',
      LastUpdateStatus: 'Successful',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 3,
      MemorySize: 256,
      Environment: { Variables: { COLOUR: 'red' } },
      State: 'Active',
    });
  });
});

// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html: a body that cannot be read is the client's error
it.each(['{', '[]', '"text"'])(
  'a body that is not a JSON object is answered 400: %s',
  async (body) => {
    for (const path of [
      `2017-10-31/functions/${FunctionName}/concurrency`,
      `2019-09-25/functions/${FunctionName}/event-invoke-config`,
      `2015-03-31/event-source-mappings/${UUID}`,
    ]) {
      const answer = await fetch(`${api.url}/${path}`, { method: 'PUT', body });

      expect(answer.status).toBe(400);
      expect(answer.headers.get('x-amzn-errortype')).toBe('SerializationException');
    }
  },
);
