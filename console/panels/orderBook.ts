import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type StoredOrder, storedOrderSchema } from '../../contracts/orderPanelsApi.ts';
import { fromItem } from '../../lib/adapters/dynamoItem.ts';
import { isOrderId } from '../../lib/domain/order.ts';
import type { Stage } from '../../ops/stage.ts';
import { ConsoleProblem } from '../route.ts';

type Item = Record<string, unknown>;

/** Each revision is looked up: a row that a stranger wrote may say any number. */
const MOST_REVISIONS = 100;

/** An order as it is stored, and what the simulated provider's book says of each of its revisions. */
export async function readOrder(
  stage: Stage,
  orderId: string,
): Promise<Omit<StoredOrder, 'log' | 'isDead'>> {
  if (!isOrderId(orderId)) {
    throw new ConsoleProblem(
      400,
      `order_id must be ord_ and 32 hexadecimal digits, got "${orderId}"`,
    );
  }
  const { OrdersTableName, ChargesTableName } = stage.outputs;
  const order = await get(stage, OrdersTableName, { order_id: { S: orderId } });
  if (!order) throw new ConsoleProblem(404, `there is no order ${orderId}`);
  const last = Math.min(Number(order.revision) || 1, MOST_REVISIONS);
  const charges = await Promise.all(
    Array.from({ length: last }, (_, index) =>
      get(stage, ChargesTableName, { charge_id: { S: `${orderId}#${index + 1}` } }),
    ),
  );
  const found = charges.filter((charge) => charge !== undefined);
  return storedOrderSchema.omit({ log: true, isDead: true }).parse({ order, charges: found });
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
