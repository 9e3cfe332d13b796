import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from '@jest/globals';
import { ARN_PREFIX, FunctionName, useApi } from '../testing/lambdaApi.ts';

const api = useApi();

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax (FunctionName)
describe('the name of a function', () => {
  const read = (name: string, Qualifier?: string) =>
    api.client.send(new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier }));

  it.each([
    FunctionName,
    `function:${FunctionName}`,
    `000000000000:function:${FunctionName}`,
    `us-east-1:000000000000:function:${FunctionName}`,
    ARN_PREFIX + FunctionName,
    `${FunctionName}:$LATEST`,
    `${ARN_PREFIX}${FunctionName}:$LATEST`,
  ])('can be %s', async (name) => {
    expect((await read(name)).FunctionName).toBe(FunctionName);
    expect((await read(name, '$LATEST')).FunctionName).toBe(FunctionName);
    const invocation = new InvokeCommand({ FunctionName: name, Qualifier: '$LATEST' });
    expect((await api.client.send(invocation)).StatusCode).toBe(200);
  });

  // Recorded from AWS: https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/lambda_/test_lambda_api.snapshot.json (TestLambdaFunction)
  it.each([
    [
      'nobody',
      undefined,
      'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody',
    ],
    [`${ARN_PREFIX}nobody`, undefined, `Function not found: ${ARN_PREFIX}nobody`],
    [FunctionName, 'live', `Function not found: ${ARN_PREFIX}${FunctionName}:live`],
    [`${FunctionName}:7`, undefined, `Function not found: ${ARN_PREFIX}${FunctionName}:7`],
    [
      `arn:aws:lambda:eu-west-1:000000000000:function:${FunctionName}`,
      undefined,
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    ],
  ])('%s with qualifier %s is answered 404: %s', async (name, qualifier, message) => {
    await expect(read(name, qualifier)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message,
    });
  });

  it.each(['work!', '*', `${FunctionName}:1:2`, 'arn:aws:ec2:us-east-1:000000000000:instance:i-1'])(
    'cannot be %s',
    async (name) => {
      await expect(read(name)).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringContaining(`Value '${name}' at 'functionName' failed to satisfy`),
      });
    },
  );

  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
  it.each([
    ['x'.repeat(65), undefined, 'functionName', 'less than or equal to 64'],
    [FunctionName, 'live!', 'qualifier', 'pattern: (|[a-zA-Z0-9$_-]+)'],
    [FunctionName, 'q'.repeat(129), 'qualifier', 'less than or equal to 128'],
  ])('of its bounds: %.70s with qualifier %.10s', async (name, qualifier, field, rule) => {
    const message = expect.stringMatching(new RegExp(`at '${field}'.*${RegExp.escape(rule)}`));

    await expect(read(name, qualifier)).rejects.toMatchObject({ message });
  });

  it('and its qualifier have to agree', async () => {
    await expect(read(`${FunctionName}:1`, '$LATEST')).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message:
        'The derived qualifier from the function name does not match the specified qualifier.',
    });
  });

  it('without a qualifier is all that concurrency can be asked for', async () => {
    const reserve = (name: string) =>
      api.client.send(
        new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 1 }),
      );
    const refusal = {
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('This operation is permitted on Lambda functions only.'),
    };

    await expect(reserve(`${FunctionName}:$LATEST`)).rejects.toMatchObject(refusal);
    const read = new GetFunctionConcurrencyCommand({ FunctionName: `${FunctionName}:live` });
    await expect(api.client.send(read)).rejects.toMatchObject(refusal);
    await expect(reserve('nobody')).rejects.toMatchObject({
      message: `Function not found: ${ARN_PREFIX}nobody:$LATEST`,
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
  it('of another account is answered 403', async () => {
    await expect(read(`123456789012:function:${FunctionName}`)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    });
  });
});
