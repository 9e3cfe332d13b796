import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { fromItem } from '../lib/adapters/dynamoItem.ts';
import { isOrderId } from '../lib/domain/order.ts';
import type { Stage } from '../ops/stage.ts';
import { type ConsoleContext, requireOrders } from './context.ts';
import { ConsoleProblem } from './route.ts';

type Item = Record<string, unknown>;

/** An order as it is stored, and what the simulated provider's book says of each of its revisions. */
export async function readOrder(
  { ready, stage }: Pick<ConsoleContext, 'ready' | 'stage'>,
  orderId: string,
): Promise<{ order: Item; charges: Item[] }> {
  requireOrders(ready);
  if (!isOrderId(orderId)) {
    throw new ConsoleProblem(
      400,
      `order_id must be ord_ and 32 hexadecimal digits, got "${orderId}"`,
    );
  }
  const { OrdersTableName, ChargesTableName } = stage().outputs;
  const order = await get(stage(), OrdersTableName, { order_id: { S: orderId } });
  if (!order) throw new ConsoleProblem(404, `there is no order ${orderId}`);
  const revisions = Array.from({ length: Number(order.revision ?? 1) }, (_, index) => index + 1);
  const charges = await Promise.all(
    revisions.map((revision) =>
      get(stage(), ChargesTableName, { charge_id: { S: `${orderId}#${revision}` } }),
    ),
  );
  return { order, charges: charges.filter((charge) => charge !== undefined) };
}

async function get(
  { clients }: Stage,
  TableName: string,
  Key: Record<string, AttributeValue>,
): Promise<Item | undefined> {
  const { Item } = await clients.dynamodb.send(
    new GetItemCommand({ TableName, Key, ConsistentRead: true }),
  );
  return Item && fromItem(Item);
}
