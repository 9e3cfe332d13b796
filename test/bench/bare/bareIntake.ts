import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** What anybody would write first: it makes the calls of AWS that an order takes, and nothing else. */

const dynamodb = new DynamoDBClient({});
const sns = new SNSClient({});

export const handler = async ({ body = '' }: APIGatewayProxyEventV2) => {
  const order_id = randomUUID();
  await dynamodb.send(
    new PutItemCommand({
      TableName: process.env.ORDERS_TABLE,
      Item: { order_id: { S: order_id }, order: { S: body } },
      ConditionExpression: 'attribute_not_exists(order_id)',
    }),
  );
  await sns.send(
    new PublishCommand({
      TopicArn: process.env.SNS_TOPIC_ARN,
      Message: JSON.stringify({ order_id }),
    }),
  );
  return { statusCode: 202, body: JSON.stringify({ order_id, status: 'pending' }) };
};
