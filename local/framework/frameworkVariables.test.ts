import { createRequire } from 'node:module';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { expect, it } from '@jest/globals';
import { type AwsProvider, answerVariables } from './frameworkVariables.ts';

interface Sdk {
  STSClient: new (config: object) => { send(command: object): Promise<{ Account: string }> };
  GetCallerIdentityCommand: new (input: object) => object;
}
const ofFramework = createRequire(import.meta.resolve('serverless/package.json'));

it('answers the framework what a manifest asks of AWS, and sends nothing', async () => {
  const { STSClient, GetCallerIdentityCommand }: Sdk = ofFramework('@aws-sdk/client-sts');
  const provider: AwsProvider = {};
  answerVariables(provider);
  const config = (await provider.getAwsSdkV3Config?.({})) ?? {};

  const identity = await new STSClient(config).send(new GetCallerIdentityCommand({}));
  const stack = new CloudFormationClient(config).send(
    new DescribeStacksCommand({ StackName: 'a' }),
  );

  expect(identity.Account).toBe('000000000000');
  await expect(stack).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'Stack does not exist',
  });
  expect(await provider.request?.('STS', 'getCallerIdentity')).toEqual({ Account: '000000000000' });
  await expect(provider.request?.('S3', 'getObject')).rejects.toThrow('nothing of AWS is asked');
});
