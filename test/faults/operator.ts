import { setTimeout as sleep } from 'node:timers/promises';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, TooManyRequestsException } from '@aws-sdk/client-lambda';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { OPEN_SHARDS, orderIdIn } from '../../lib/domain/order.ts';
import { functionName, type Stage } from '../../ops/stage.ts';
import { heldUnits } from './stocking.ts';

/** Does what schedule and operator do, only sooner, until no order is open and no unit is held: sweeps, and sends dead letters back. */
export async function bringToEnd(stage: Stage, withinMs: number): Promise<number> {
  for (const end = Date.now() + withinMs; ; await sleep(500)) {
    const open = (await countOpen(stage)) + (await heldUnits(stage));
    if (open === 0 || Date.now() >= end) return open;
    await sweep(stage);
    await redrive(stage);
  }
}

/** Sweeps again and again, whatever becomes of a sweep, until it is told to stop. */
export function keepSweeping(stageNow: () => Stage): { stop: () => Promise<void> } {
  let isStopped = false;
  const sweeping = (async () => {
    for (; !isStopped; await sleep(200)) await sweep(stageNow()).catch(() => {});
  })();
  return {
    async stop() {
      isStopped = true;
      await sweeping;
    },
  };
}

/** One that is turned away has the sweeper's own schedule before it, which does the same. */
async function sweep(stage: Stage): Promise<void> {
  const FunctionName = functionName(stage, 'orderSweeper');
  const sweeping = new InvokeCommand({ FunctionName, Payload: '{}' });
  await stage.clients.lambda.send(sweeping).catch((error) => {
    if (!(error instanceof TooManyRequestsException)) throw error;
  });
}

/** Dead letters that point to an order go back to the queue; what points to none is poison and goes. */
async function redrive({ clients: { sqs }, outputs }: Stage): Promise<void> {
  for (const QueueUrl of [outputs.OrderDeadLetterQueueUrl, outputs.DirectDeadLetterQueueUrl]) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      const orderId = orderIdIn(Body);
      if (orderId !== undefined) await sendOrder(sqs, outputs.OrderQueueUrl, orderId);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

export function sendOrder(
  sqs: Stage['clients']['sqs'],
  QueueUrl: string,
  orderId: string,
): Promise<unknown> {
  const message = {
    version: 1,
    order_id: orderId,
    way: 'queued',
    sent_at: new Date().toISOString(),
  };
  return sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
}

async function countOpen({ clients: { dynamodb }, outputs }: Stage): Promise<number> {
  const counts = await Promise.all(
    OPEN_SHARDS.map((shard) =>
      dynamodb.send(
        new QueryCommand({
          TableName: outputs.OrdersTableName,
          IndexName: 'open-orders',
          KeyConditionExpression: 'open_shard = :shard',
          ExpressionAttributeValues: { ':shard': { S: shard } },
          Select: 'COUNT',
        }),
      ),
    ),
  );
  return counts.reduce((sum, { Count = 0 }) => sum + Count, 0);
}
