import type { PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { NothingStored } from '../domain/errors.ts';
import { failureNote, type Order } from '../domain/order.ts';
import type { NotedOrder, OrderStore } from '../domain/ports.ts';
import { readOrder } from '../domain/storedRow.ts';
import { type DynamoClient, tryWrite } from './dynamoClient.ts';
import { fromItem, toAttribute, toItem } from './dynamoItem.ts';
import { type Update, updateWhere } from './dynamoUpdate.ts';
import { wasRefused } from './retries.ts';

const OPEN_ORDERS_INDEX = 'open-orders';
const INDEX_KEY = ['order_id', 'open_shard', 'sweep_at'];
/** What only an open order carries; without it, it leaves the sweeper's index. */
const OPEN_ATTRIBUTES = ['open_shard', 'sweep_at', 'lease_until'];

interface Table {
  client: DynamoClient;
  name: string;
}

export interface ReadingOptions {
  /** Those of one turn in one call: where a batch is worked on. */
  readsTogether?: boolean;
}

/** Orders in a DynamoDB table: every change is one write to one item under a condition. */
export function dynamoOrderStore(
  client: DynamoClient,
  name: string,
  { readsTogether: isTogether = false }: ReadingOptions = {},
): OrderStore {
  const table = { client, name };
  return {
    get: isTogether ? readsTogether(table) : (orderId) => get(table, orderId, true),
    getLagging: (orderId) => get(table, orderId, false),

    create: (order) =>
      putWhere(table, order, { ConditionExpression: 'attribute_not_exists(order_id)' }),

    revive: (order) =>
      putWhere(table, order, {
        ConditionExpression: '#status = :cancelled AND #revision = :last',
        ExpressionAttributeNames: { '#status': 'status', '#revision': 'revision' },
        ExpressionAttributeValues: {
          ':cancelled': { S: 'cancelled' },
          ':last': toAttribute(order.revision - 1),
        },
      }),

    async settlePledge(order, pledge) {
      const change = { set: { pledge }, where: { pledge: undefined } };
      return (await updatePending(table, order, change))
        ? { ...order, pledge }
        : getStanding(table, order);
    },

    finish: (order, end) => updatePending(table, order, { set: end, remove: OPEN_ATTRIBUTES }),

    async noteFailure(order, at, cause) {
      const set = failureNote(order, { at, cause });
      await updatePending(table, order, { set, add: { attempts: 1 } });
    },

    postpone: (order, sweepAt) =>
      updatePending(table, order, {
        set: { sweep_at: sweepAt },
        where: { sweep_at: order.sweep_at },
      }),

    findDue: (shard, dueBy, limit, after) => findDue(table, shard, dueBy, limit, after),
  };
}

async function get(
  { client, name }: Table,
  orderId: string,
  ConsistentRead: boolean,
): Promise<Order | undefined> {
  const { Item } = await client.call('GetItem', {
    TableName: name,
    Key: { order_id: { S: orderId } },
    ConsistentRead,
  });
  return Item && readOrder(fromItem(Item));
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MOST_KEYS = 100;

/** A request costs more CPU than a row. What the call leaves out, and what is not there, is read by itself. */
function readsTogether(table: Table): OrderStore['get'] {
  const { client, name } = table;
  let asked = new Set<string>();
  let rows: ReturnType<typeof readAsked> | undefined;

  async function readAsked() {
    await undefined; // lets all of the turn ask
    const Keys = [...asked].slice(0, MOST_KEYS).map((id) => ({ order_id: { S: id } }));
    [asked, rows] = [new Set(), undefined];
    if (Keys.length === 1) return [];
    const RequestItems = { [name]: { Keys, ConsistentRead: true } };
    const { Responses = {} } = await client.call('BatchGetItem', { RequestItems });
    return Responses[name] ?? [];
  }

  return async (orderId) => {
    asked.add(orderId);
    rows ??= readAsked();
    const item = (await rows).find(({ order_id }) => order_id?.S === orderId);
    return item ? readOrder(fromItem(item)) : get(table, orderId, true);
  };
}

type Condition = Pick<
  PutItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

/** Puts the order where the condition holds; otherwise returns what stands there. */
async function putWhere(table: Table, order: Order, condition: Condition): Promise<Order> {
  const put = { TableName: table.name, Item: toItem(order), ...condition };
  const writing = table.client.call('PutItem', put).catch((error) => {
    throw wasRefused(error) ? new NothingStored(error) : error;
  });
  if (await tryWrite(writing)) return order;
  return getStanding(table, order);
}

async function getStanding(table: Table, { order_id }: Order): Promise<Order> {
  const standing = await get(table, order_id, true);
  if (standing === undefined) throw new Error(`order ${order_id} is gone`);
  return standing;
}

function updatePending(
  { client, name }: Table,
  { order_id, revision }: NotedOrder,
  { where = {}, ...change }: Partial<Update>,
): Promise<boolean> {
  const state = revision === undefined ? { order_id } : { status: 'pending', revision };
  const key = { order_id };
  return updateWhere(client, { table: name, key, where: { ...state, ...where }, ...change });
}

async function findDue(
  { client, name }: Table,
  shard: string,
  dueBy: string,
  limit: number,
  after: object | undefined,
): Promise<object[]> {
  const { Items = [] } = await client.call('Query', {
    TableName: name,
    IndexName: OPEN_ORDERS_INDEX,
    KeyConditionExpression: '#open_shard = :shard AND #sweep_at <= :dueBy',
    ExpressionAttributeNames: { '#open_shard': 'open_shard', '#sweep_at': 'sweep_at' },
    ExpressionAttributeValues: { ':shard': { S: shard }, ':dueBy': { S: dueBy } },
    Limit: limit,
    ...(after && { ExclusiveStartKey: indexKey(after) }),
  });
  return Items.map(fromItem);
}

const indexKey = (row: object) =>
  toItem(Object.fromEntries(INDEX_KEY.map((name) => [name, Reflect.get(row, name)])));
