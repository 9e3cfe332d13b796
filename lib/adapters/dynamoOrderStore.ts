import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { Order } from '../domain/order.ts';
import type { OrderStore } from '../domain/ports.ts';
import { isConditionMet } from './dynamoClient.ts';
import { fromItem, toAttribute, toItem } from './dynamoItem.ts';
import { updateWhere } from './dynamoUpdate.ts';

const OPEN_ORDERS_INDEX = 'open-orders';
/** What only an open order carries; without it, it leaves the sweeper's index. */
const OPEN_ATTRIBUTES = ['open_shard', 'sweep_at', 'lease_until'];

/** Orders in a DynamoDB table: every change is one write to one item under a condition. */
export function dynamoOrderStore(client: DynamoDBClient, table: string): OrderStore {
  const get = async (orderId: string): Promise<Order | undefined> => {
    const { Item } = await client.send(
      new GetItemCommand({
        TableName: table,
        Key: { order_id: { S: orderId } },
        ConsistentRead: true,
      }),
    );
    return Item && fromItem<Order>(Item);
  };

  /** Puts the order where the condition holds; otherwise returns what stands there. */
  const putWhere = async (order: Order, condition: object): Promise<Order> => {
    const put = new PutItemCommand({ TableName: table, Item: toItem(order), ...condition });
    if (await isConditionMet(client.send(put))) return order;
    const standing = await get(order.order_id);
    if (standing === undefined) throw new Error(`order ${order.order_id} is gone`);
    return standing;
  };

  const updatePending = (order: Order, update: object) =>
    updateWhere(client, {
      table,
      key: { order_id: order.order_id },
      where: { status: 'pending', revision: order.revision },
      ...update,
    });

  return {
    get,

    create: (order) => putWhere(order, { ConditionExpression: 'attribute_not_exists(order_id)' }),

    revive: (order) =>
      putWhere(order, {
        ConditionExpression: '#status = :cancelled AND revision = :last',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: {
          ':cancelled': { S: 'cancelled' },
          ':last': toAttribute(order.revision - 1),
        },
      }),

    finish: (order, end) => updatePending(order, { set: end, remove: OPEN_ATTRIBUTES }),

    async noteFailure(order, at, cause) {
      await updatePending(order, { set: { last_error: { at, cause } }, add: { attempts: 1 } });
    },

    postpone: (order, sweepAt) =>
      updatePending(order, {
        set: { sweep_at: sweepAt },
        where: { status: 'pending', revision: order.revision, sweep_at: order.sweep_at },
      }),

    async findDue(shard, dueBy, limit) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: OPEN_ORDERS_INDEX,
          KeyConditionExpression: 'open_shard = :shard AND sweep_at <= :dueBy',
          ExpressionAttributeValues: { ':shard': { S: shard }, ':dueBy': { S: dueBy } },
          Limit: limit,
        }),
      );
      return Items.map((item) => fromItem<Order>(item));
    },
  };
}
