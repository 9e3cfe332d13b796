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
import { isThrottlingError, isTransientError, StandardRetryStrategy } from '@smithy/core/retry';
import { type AwsAccess, awsCaller } from './awsCall.ts';
import { MAX_ATTEMPTS } from './awsLimits.ts';

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
  const retries = new StandardRetryStrategy(MAX_ATTEMPTS);

  async function call(operation: string, input: object): Promise<object> {
    const body = JSON.stringify(input);
    let token = await retries.acquireInitialRetryToken('');
    let isRefused = true;
    for (;;) {
      try {
        const output = await attempt(operation, body);
        retries.recordSuccess(token);
        return output;
      } catch (thrown) {
        const error = thrown as Failure;
        isRefused &&= isThrottlingError(error);
        token = await retries.refreshRetryTokenForRetry(token, retryInfo(error)).catch(() => {
          throw Object.assign(error, { isRefused });
        });
      }
    }
  }

  return { call: call as DynamoClient['call'], destroy };
}

type Failure = Parameters<typeof isThrottlingError>[0];

function retryInfo(error: Failure) {
  const refused = isThrottlingError(error) ? 'THROTTLING' : undefined;
  const errorType = refused ?? (isTransientError(error) ? 'TRANSIENT' : 'CLIENT_ERROR');
  return { error, errorType } as const;
}

/** Whether every attempt of the call was turned away for load, so that nothing of it was done. */
export const wasRefused = (error: unknown): boolean =>
  error instanceof Error && 'isRefused' in error && error.isRefused === true;

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
