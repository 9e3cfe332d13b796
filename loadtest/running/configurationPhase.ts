import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Phase } from '../../contracts/saleResults.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type Stage } from '../../ops/stage.ts';

type ConfigurationFigures = NonNullable<Phase['summary']['configuration']>;

const ORDER = {
  customer_id: 1,
  items: [{ item_id: 'item-1', name: 'Milk jug', price: 14.5, quantity: 1 }],
};

/** Starts a service without its topic's and queue's addresses and asks it for an order each async way. */
export async function checkMissingConfiguration(
  folder: string,
  signal: AbortSignal,
): Promise<ConfigurationFigures> {
  const service = new LocalService({
    flags: ['--unset', 'SNS_TOPIC_ARN', '--unset', 'SQS_QUEUE_URL'],
    logFile: join(folder, 'service-without-topic.log'),
    isDetached: true,
  });
  let stage: Stage | undefined;
  try {
    const ready = await service.start(signal);
    stage = localStage(ready);
    const answers = [await order(ready.api, 'queued'), await order(ready.api, 'direct')];
    const { Count = 0 } = await stage.clients.dynamodb.send(
      new ScanCommand({
        TableName: stage.outputs.OrdersTableName,
        Select: 'COUNT',
        ConsistentRead: true,
      }),
    );
    return { answers, ordersStored: Count };
  } finally {
    stage?.close();
    await service.remove();
  }
}

async function order(api: string, way: string): Promise<ConfigurationFigures['answers'][number]> {
  const response = await fetch(`${api}/orders/async?way=${way}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ORDER),
  });
  const problem = JSON.parse(await response.text()) as { detail?: string };
  return { way, status: response.status, detail: problem.detail ?? '' };
}
