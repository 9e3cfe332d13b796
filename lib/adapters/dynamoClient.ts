import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsClientOptions } from './awsClientOptions.ts';

export const dynamoClient = (): DynamoDBClient => new DynamoDBClient(awsClientOptions);

/** True when the write was done, false when its condition did not hold. */
export async function tryWrite(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
