import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { HeldUnits } from '../domain/order.ts';
import type { Claim, Claimed, IndexPart, StockStore } from '../domain/ports.ts';
import {
  type Hold,
  type Holding,
  isHolder,
  isRowOfUnits,
  itemRowId,
  type StockedItem,
  type StockRow,
} from '../domain/stock.ts';
import { type DynamoClient, tryWrite } from './dynamoClient.ts';
import { fromItem, toAttribute, toItem } from './dynamoItem.ts';

type Item = Record<string, AttributeValue>;

interface Table {
  client: DynamoClient;
  name: string;
}

/** Stock in a DynamoDB table of small rows: every change is one write to one row under a condition. */
export function dynamoStockStore(client: DynamoClient, name: string): StockStore {
  const table = { client, name };
  const get = async (rowId: string) => {
    const item = await getItem(table, rowId);
    return item && readRow(item);
  };
  return {
    get,
    claim: (claim) => claimUnits(table, claim),
    list: (index, part) => list(table, index, part),

    async item(itemId) {
      const item = await getItem(table, itemRowId(itemId));
      return item && readItem(item);
    },

    free: (holder, held) => tryWrite(client.call('UpdateItem', freeing(name, holder, held))),

    async sell(rowId, holdings) {
      const row = await written(client.call('UpdateItem', selling(name, rowId, holdings)));
      return row && readRow(row);
    },

    async close(rowId) {
      const closing = update(name, rowId, {
        UpdateExpression: 'REMOVE open_in',
        ConditionExpression: '#free = :zero',
        ExpressionAttributeNames: { '#free': 'free' },
        ExpressionAttributeValues: { ':zero': { N: '0' } },
      });
      await tryWrite(client.call('UpdateItem', closing));
    },

    async rest({ row_id, free, capacity }) {
      const sameCapacity =
        capacity === undefined ? 'attribute_not_exists(#capacity)' : '#capacity = :capacity';
      const resting = update(name, row_id, {
        UpdateExpression: 'REMOVE held_in',
        ConditionExpression: `#free = :free AND ${sameCapacity}`,
        ExpressionAttributeNames: { '#free': 'free', '#capacity': 'capacity' },
        ExpressionAttributeValues: toItem({ ':free': free, ':capacity': capacity }),
      });
      await tryWrite(client.call('UpdateItem', resting));
    },
  };
}

const update = (
  name: string,
  rowId: string,
  change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>,
): UpdateItemCommandInput => ({ TableName: name, Key: { row_id: { S: rowId } }, ...change });

async function getItem({ client, name }: Table, rowId: string): Promise<Item | undefined> {
  const key = { TableName: name, Key: { row_id: { S: rowId } } };
  const { Item } = await client.call('GetItem', { ...key, ConsistentRead: true });
  return Item;
}

/** A write whose answer was lost is sent again by the client, and then finds its own units. */
async function claimUnits({ client, name }: Table, claim: Claim): Promise<Claimed> {
  const { row_id, shard, holder, hold, least, isCustomer, isLast } = claim;
  const hasEnough = isCustomer
    ? '(attribute_not_exists(#free) OR #free >= :least)'
    : `#free ${isLast ? '=' : '>='} :least`;
  const claiming = update(name, row_id, {
    UpdateExpression: `SET #holder = :hold, held_in = :shard ADD #free :less${isLast ? ' REMOVE open_in' : ''}`,
    ConditionExpression: `attribute_not_exists(#holder) AND ${hasEnough}`,
    ExpressionAttributeNames: { '#holder': holder, '#free': 'free' },
    ExpressionAttributeValues: toItem({
      ':hold': hold,
      ':shard': shard,
      ':less': -hold.units,
      ':least': least,
    }),
    ReturnValues: 'UPDATED_NEW',
  });
  const left = await written(client.call('UpdateItem', claiming));
  if (left !== undefined) return { isHeld: true, free: Number(left.free?.N ?? 0) };
  const standing = await getItem({ client, name }, row_id);
  const row = standing && readRow(standing);
  const own = row?.holds.get(holder);
  if (own !== undefined && own.units !== hold.units)
    throw new Error(`${holder} holds ${own.units} units of ${row_id}, not ${hold.units}`);
  return { isHeld: own !== undefined, free: row?.free ?? 0, row };
}

/** What the write returns of its row; undefined when its condition did not hold. */
async function written(write: Promise<{ Attributes?: Item | undefined }>) {
  let row: Item | undefined;
  const isDone = await tryWrite(
    write.then(({ Attributes = {} }) => {
      row = Attributes;
    }),
  );
  return isDone ? row : undefined;
}

/** A row has ten holders at most, far below what an expression may have. */
const selling = (name: string, rowId: string, holdings: Holding[]): UpdateItemCommandInput => {
  const each = (text: (number: number) => string) => holdings.map((_, number) => text(number));
  const named = holdings.map(({ holder }, number) => [`#holder${number}`, holder]);
  const counted = holdings.map(({ units }, number) => [`:units${number}`, units]);
  return update(name, rowId, {
    UpdateExpression: `SET ${each((number) => `#holder${number}.#sold = :true`).join(', ')}`,
    ConditionExpression: each((number) => `#holder${number}.#units = :units${number}`).join(
      ' AND ',
    ),
    ExpressionAttributeNames: { ...Object.fromEntries(named), '#sold': 'sold', '#units': 'units' },
    ExpressionAttributeValues: toItem({ ...Object.fromEntries(counted), ':true': true }),
    ReturnValues: 'ALL_OLD',
  });
};

/** Freed units are for sale again; what a customer has freed is only counted. */
const freeing = (
  name: string,
  holder: string,
  { row_id, units }: HeldUnits,
): UpdateItemCommandInput =>
  update(name, row_id, {
    UpdateExpression: `REMOVE #holder ${isRowOfUnits(row_id) ? 'SET open_in = place' : ''} ADD #free :units`,
    ConditionExpression: '#holder.#units = :units AND attribute_not_exists(#holder.#sold)',
    ExpressionAttributeNames: {
      '#holder': holder,
      '#free': 'free',
      '#units': 'units',
      '#sold': 'sold',
    },
    ExpressionAttributeValues: { ':units': toAttribute(units) },
  });

async function list(
  { client, name }: Table,
  index: 'open' | 'held',
  { shard, from, to, limit }: IndexPart,
): Promise<string[]> {
  const { Items = [] } = await client.call('Query', {
    TableName: name,
    IndexName: index,
    KeyConditionExpression: '#part = :shard AND row_id BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#part': `${index}_in` },
    ExpressionAttributeValues: toItem({ ':shard': shard, ':from': from, ':to': to }),
    Limit: limit,
  });
  return Items.map(({ row_id }) => row_id?.S ?? '');
}

/** A row as it stands, whoever wrote it; throws for what is none. */
export function readRow(item: Item): StockRow {
  const row = fromItem(item) as Record<string, unknown>;
  const { row_id, free, capacity } = row;
  if (typeof row_id !== 'string' || typeof free !== 'number')
    throw new Error(`row ${String(row_id)} is not a row of stock`);
  const holds = Object.entries(row).filter(([name]) => isHolder(name)) as [string, Hold][];
  const isUnits = typeof capacity === 'number';
  return { row_id, free, ...(isUnits && { capacity }), holds: new Map(holds) };
}

export const readItem = (item: Item): StockedItem => fromItem(item) as unknown as StockedItem;
