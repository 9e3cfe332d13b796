import { existsSync, readFileSync } from 'node:fs';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { parseJson } from '../common/json.ts';
import { isRunning } from '../common/processes.ts';
import { type ReadyFile as AnyReadyFile, readyFileSchema } from '../contracts/readyFile.ts';
import { SERVICE } from './serviceNames.ts';

const outputsSchema = z.object({
  HttpApiUrl: z.string(),
  OrderTopicArn: z.string(),
  OrderQueueUrl: z.string(),
  OrderDeadLetterQueueUrl: z.string(),
  DirectDeadLetterQueueUrl: z.string(),
  OrdersTableName: z.string(),
  ChargesTableName: z.string(),
  /** Empty where the stack was deployed before it wrote down what operators do. */
  OperationsTableName: z.string().default(''),
  /** Empty where the stack was deployed before it had these two. */
  FunctionNamePrefix: z.string().default(''),
  WorkerBatchSize: z.string().default(''),
  /** Empty for a stage without a stock. */
  StockTableName: z.string().default(''),
});
export type StageOutputs = z.infer<typeof outputsSchema>;

export const stageReadyFileSchema = readyFileSchema.extend({ outputs: outputsSchema });
export type ReadyFile = z.infer<typeof stageReadyFileSchema>;
export type LocalRuntime = Omit<ReadyFile, 'outputs'>;

/** A running stage: where it is, and the clients that talk to it. */
export interface Stage {
  name: string;
  service: string;
  region: string;
  outputs: StageOutputs;
  /** Only where `sls local` runs the stage. */
  runtime: LocalRuntime | undefined;
  clients: { dynamodb: DynamoDBClient; sns: SNSClient; sqs: SQSClient; lambda: LambdaClient };
  close(): void;
}

export interface StageOptions {
  stage: string;
  region?: string | undefined;
  readyFile?: string | undefined;
}

/** The question could not be put: exit code 2. The message says what to do next. */
export class CannotAskError extends Error {
  override name = 'CannotAskError';
}

const DEFAULT_READY_FILE = '.local/ready.json';

/** Stage `local`, or one with a ready file, is found by that file; any other by the outputs of its stack. */
export async function findStage({ stage, region, readyFile }: StageOptions): Promise<Stage> {
  if (stage === 'local' || readyFile !== undefined) {
    return localStage(readReadyFile(readyFile), stage);
  }
  return awsStage(stage, region ?? process.env.AWS_REGION ?? 'us-east-1');
}

/** The stage of a local service whose ready file is at hand. */
export function localStage(ready: AnyReadyFile, name = 'local'): Stage {
  const { outputs: found, ...runtime } = ready;
  const outputs = outputsSchema.parse(found);
  const region = outputs.OrderTopicArn.split(':')[3] ?? 'us-east-1';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const { dynamodb, sns, sqs, lambda } = ready.endpoints;
  return assemble({ name, region, outputs, runtime }, (endpoint) => ({
    region,
    credentials,
    endpoint: { dynamodb, sns, sqs, lambda }[endpoint],
  }));
}

/** The manifest's key (`queueWorker`) as the name that Lambda knows. */
export const functionName = ({ service, name, outputs }: Stage, key: string): string =>
  `${outputs.FunctionNamePrefix || `${service}-${name}-`}${key}`;

async function awsStage(name: string, region: string): Promise<Stage> {
  const outputs = outputsSchema.safeParse(await stackOutputs(`${SERVICE}-${name}`, region));
  if (!outputs.success) {
    const missing = outputs.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new CannotAskError(
      `Stack ${SERVICE}-${name} lacks the outputs ${missing}. Deploy it again: npx sls deploy --stage ${name}`,
    );
  }
  return assemble({ name, region, outputs: outputs.data, runtime: undefined }, () => ({ region }));
}

async function stackOutputs(stackName: string, region: string): Promise<Record<string, unknown>> {
  const cloudFormation = new CloudFormationClient({ region });
  try {
    const { Stacks } = await cloudFormation.send(
      new DescribeStacksCommand({ StackName: stackName }),
    );
    const outputs = Stacks?.[0]?.Outputs ?? [];
    return Object.fromEntries(
      outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    );
  } catch (error) {
    throw new CannotAskError(whyNoStack(error as Error, stackName, region));
  } finally {
    cloudFormation.destroy();
  }
}

function whyNoStack(error: Error, stackName: string, region: string): string {
  if (/does not exist/.test(error.message)) {
    return `There is no stack ${stackName} in ${region}. Deploy it (npx sls deploy), or name another place: --stage, --region, --aws-profile.`;
  }
  if (/credential|token|profile/i.test(`${error.name} ${error.message}`)) {
    return `AWS cannot be asked about ${stackName} without valid credentials (${error.message}). Name a profile with --aws-profile, or use --stage local.`;
  }
  return `AWS could not be asked about ${stackName} in ${region}: ${error.message}`;
}

/** What the running local service wrote. Throws CannotAskError when there is none. */
export function readReadyFile(file: string = DEFAULT_READY_FILE): ReadyFile {
  if (!existsSync(file)) {
    throw new CannotAskError(
      `No local service is running: there is no ${file}. Start one with npm start, or name its ready file with --ready-file.`,
    );
  }
  const ready = stageReadyFileSchema.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!ready.success) {
    throw new CannotAskError(
      `${file} is not the ready file of sls local:\n${z.prettifyError(ready.error)}`,
    );
  }
  if (!isRunning(ready.data.pid)) {
    throw new CannotAskError(
      `The local service of ${file} (process ${ready.data.pid}) is gone. Start it again with npm start.`,
    );
  }
  return ready.data;
}

type ClientConfig = {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

function assemble(
  found: Pick<Stage, 'name' | 'region' | 'outputs' | 'runtime'>,
  configOf: (client: keyof Stage['clients']) => ClientConfig,
): Stage {
  const clients = {
    dynamodb: new DynamoDBClient(configOf('dynamodb')),
    sns: new SNSClient(configOf('sns')),
    sqs: new SQSClient(configOf('sqs')),
    lambda: new LambdaClient(configOf('lambda')),
  };
  const close = () => Object.values(clients).forEach((client) => void client.destroy());
  return { ...found, service: SERVICE, clients, close };
}
