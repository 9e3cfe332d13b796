import type {
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  GetItemCommandInput,
  GetItemCommandOutput,
  PutItemCommandInput,
  PutItemCommandOutput,
  QueryCommandInput,
  QueryCommandOutput,
  UpdateItemCommandInput,
  UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { type AwsAccess, awsCaller } from './awsCall.ts';
import { retrier } from './retries.ts';

interface Operations {
  GetItem: [GetItemCommandInput, GetItemCommandOutput];
  BatchGetItem: [BatchGetItemCommandInput, BatchGetItemCommandOutput];
  PutItem: [PutItemCommandInput, PutItemCommandOutput];
  UpdateItem: [UpdateItemCommandInput, UpdateItemCommandOutput];
  Query: [QueryCommandInput, QueryCommandOutput];
}

const DYNAMO_DB = {
  service: 'dynamodb',
  target: 'DynamoDB_20120810',
  contentType: 'application/x-amz-json-1.0',
};

export interface DynamoClient {
  call<Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name][0],
  ): Promise<Operations[Name][1]>;
  destroy(): void;
}

/**
 * The five calls that the service makes of its tables. The SDK's client takes several times the CPU for each; its rules
 * for what is tried again, and when, are used as they are.
 */
export function dynamoClient(access: AwsAccess): DynamoClient {
  const { attempt, destroy } = awsCaller(access, DYNAMO_DB);
  const retry = retrier();

  function call(operation: string, input: object): Promise<object> {
    const body = JSON.stringify(input);
    return retry(() => attempt(operation, body));
  }

  return { call: call as DynamoClient['call'], destroy };
}

/** True when the write was done, false when its condition did not hold. */
export async function tryWrite(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
