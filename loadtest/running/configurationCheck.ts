import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { localStage } from '../../ops/stage.ts';
import type { Phase } from '../results.ts';
import { startService } from './service.ts';

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
  const args = ['--unset', 'SNS_TOPIC_ARN', '--unset', 'SQS_QUEUE_URL'];
  const service = await startService({ folder, name: 'service-without-topic', args, signal });
  const stage = localStage(service.ready);
  try {
    const answers = [
      await order(service.ready.api, 'queued'),
      await order(service.ready.api, 'direct'),
    ];
    const { Count = 0 } = await stage.clients.dynamodb.send(
      new ScanCommand({
        TableName: stage.outputs.OrdersTableName,
        Select: 'COUNT',
        ConsistentRead: true,
      }),
    );
    return { answers, ordersStored: Count };
  } finally {
    stage.close();
    await service.stop();
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
