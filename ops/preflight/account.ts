import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { CompiledTemplate, type Resource, type Template } from './compiledTemplate.ts';

/** What the account has before the deployment. */
export interface Account {
  /** Concurrent executions of the region. */
  quota: number;
  /** Of them, what no function reserves. */
  unreserved: number;
  /** Messages a second that SNS takes of the account in this region. */
  topicMessagesPerSecond: number;
  /** The stage's functions by logical id, as they run now; none of them before its first deployment. */
  running: Record<string, Running>;
}

export interface Running {
  reserved?: number | undefined;
  mapping?: { maximum?: number | undefined; batchSize?: number | undefined } | undefined;
}

/** The default quotas on 2026-11-27: https://docs.aws.amazon.com/general/latest/gr/sns.html */
const MOST_MESSAGES: Record<number, string[]> = {
  30000: ['us-east-1'],
  9000: ['us-west-2', 'eu-west-1'],
  1500: [
    ...['us-east-2', 'us-west-1', 'eu-central-1', 'ap-south-1', 'ap-northeast-1'],
    ...['ap-northeast-2', 'ap-southeast-1', 'ap-southeast-2'],
  ],
};
const MESSAGES_ELSEWHERE = 300;

const ANSWER_WITHIN_MS = 3_000;

/** Reads what the rules about an account go by. Throws what AWS says when it cannot be asked. */
export async function readAccount(template: Template, region: string): Promise<Account> {
  const lambda = new LambdaClient({
    region,
    maxAttempts: 2,
    requestHandler: { requestTimeout: ANSWER_WITHIN_MS, throwOnRequestTimeout: true },
  });
  try {
    const { AccountLimit = {} } = await lambda.send(new GetAccountSettingsCommand({}));
    const functions = new CompiledTemplate(template).ofType('AWS::Lambda::Function');
    const running = await Promise.all(functions.map((of) => readRunning(lambda, of)));
    return {
      quota: AccountLimit.ConcurrentExecutions ?? 0,
      unreserved: AccountLimit.UnreservedConcurrentExecutions ?? 0,
      topicMessagesPerSecond: topicMessagesPerSecond(region),
      running: Object.fromEntries(running.filter((entry) => entry !== undefined)),
    };
  } finally {
    lambda.destroy();
  }
}

export const topicMessagesPerSecond = (region: string): number =>
  Number(
    Object.entries(MOST_MESSAGES).find(([, regions]) => regions.includes(region))?.[0] ??
      MESSAGES_ELSEWHERE,
  );

async function readRunning(
  lambda: LambdaClient,
  { id, Properties }: Resource,
): Promise<[string, Running] | undefined> {
  const FunctionName = String(Properties.FunctionName);
  try {
    const [{ ReservedConcurrentExecutions: reserved }, { EventSourceMappings: [mapping] = [] }] =
      await Promise.all([
        lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
        lambda.send(new ListEventSourceMappingsCommand({ FunctionName })),
      ]);
    const { ScalingConfig, BatchSize: batchSize } = mapping ?? {};
    const found = mapping && { maximum: ScalingConfig?.MaximumConcurrency, batchSize };
    return [id, { reserved, mapping: found }];
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
