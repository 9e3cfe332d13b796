import {
  type AttributeValue,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  type Hold,
  isHolder,
  itemRowId,
  type StockedItem,
  shardOf,
} from '../../lib/domain/stock.ts';
import { CannotAskError, type Stage } from '../stage.ts';

type Item = Record<string, AttributeValue>;

/** A row as it stands, whatever stands in it: what is no number becomes NaN, which no rule accepts. */
export interface BookedRow {
  rowId: string;
  /** Undefined for a row that counts what a customer has. */
  capacity: number | undefined;
  free: number;
  holds: Map<string, Hold>;
  /** In the index of open rows, and in that of rows that the sweeper looks at. */
  isForSale: boolean;
  isSwept: boolean;
}

/** The stock of a stage, as an operator reads and changes it. */
export class StockTable {
  readonly #stage: Stage;
  readonly #name: string;

  constructor(stage: Stage) {
    this.#stage = stage;
    const { StockTableName } = stage.outputs;
    if (StockTableName === '')
      throw new CannotAskError(
        `Stage ${stage.name} has no stock: everything is sold without limit. Start or deploy it with STOCK=on.`,
      );
    this.#name = StockTableName;
  }

  async item(itemId: string): Promise<StockedItem | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#name,
        Key: key(itemRowId(itemId)),
        ConsistentRead: true,
      }),
    );
    return Item && readItem(Item);
  }

  /** All of the table, read consistently: items first where they stand, rows as they come. */
  async read(): Promise<{ items: StockedItem[]; rows: BookedRow[] }> {
    const items: StockedItem[] = [];
    const rows: BookedRow[] = [];
    const pages = paginateScan(
      { client: this.#client },
      { TableName: this.#name, ConsistentRead: true },
    );
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        if (item.row_id?.S?.startsWith('item/')) items.push(readItem(item));
        else rows.push(readRow(item));
      }
    }
    return { items, rows };
  }

  async row(rowId: string): Promise<BookedRow | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#name, Key: key(rowId), ConsistentRead: true }),
    );
    return Item && readRow(Item);
  }

  /** Says what an item has, before rows are made and after rows are lowered: what is missing then can be done again. */
  async declare({ item_id, stock, rows, shards, since }: StockedItem): Promise<void> {
    await this.#client.send(
      new PutItemCommand({
        TableName: this.#name,
        Item: {
          ...key(itemRowId(item_id)),
          ...{ item_id: { S: item_id }, since: { S: since } },
          ...{ stock: number(stock), rows: number(rows), shards: number(shards) },
        },
      }),
    );
  }

  /** False where the row is there already. */
  async addRow(rowId: string, capacity: number, shards: number): Promise<boolean> {
    const place = { S: shardOf(rowId, shards) };
    const counts = { capacity: number(capacity), free: number(capacity) };
    return isDone(
      this.#client.send(
        new PutItemCommand({
          TableName: this.#name,
          Item: { ...key(rowId), ...counts, place, ...(capacity > 0 && { open_in: place }) },
          ConditionExpression: 'attribute_not_exists(row_id)',
        }),
      ),
    );
  }

  /** False where the row is not as it was read, or has not so many free. */
  async changeCapacity({ rowId, capacity = 0 }: BookedRow, wanted: number): Promise<boolean> {
    const more = wanted - capacity;
    return this.#update(rowId, {
      UpdateExpression: `SET #capacity = :wanted${more > 0 ? ', open_in = place' : ''} ADD #free :more`,
      ConditionExpression: '#capacity = :was AND #free >= :least',
      ExpressionAttributeNames: { '#capacity': 'capacity', '#free': 'free' },
      ExpressionAttributeValues: {
        ...{ ':wanted': number(wanted), ':was': number(capacity), ':more': number(more) },
        ':least': number(Math.max(0, -more)),
      },
    });
  }

  /** Takes a row without free units out of those that are for sale. */
  close(rowId: string): Promise<boolean> {
    return this.#update(rowId, {
      UpdateExpression: 'REMOVE open_in',
      ConditionExpression: '#free = :none',
      ExpressionAttributeNames: { '#free': 'free' },
      ExpressionAttributeValues: { ':none': number(0) },
    });
  }

  get #client() {
    return this.#stage.clients.dynamodb;
  }

  #update(rowId: string, change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>) {
    return isDone(
      this.#client.send(
        new UpdateItemCommand({ TableName: this.#name, Key: key(rowId), ...change }),
      ),
    );
  }
}

const key = (rowId: string): Item => ({ row_id: { S: rowId } });
const number = (value: number): AttributeValue => ({ N: String(value) });

async function isDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

const numberIn = (value: AttributeValue | undefined): number => Number(value?.N ?? Number.NaN);

function readRow(item: Item): BookedRow {
  const holds = Object.entries(item)
    .filter(([name]) => isHolder(name))
    .map(([name, { M = {} }]): [string, Hold] => [
      name,
      {
        ...{ units: numberIn(M.units), at: numberIn(M.at), by: numberIn(M.by) },
        ...(M.limit && { limit: numberIn(M.limit) }),
        sold: M.sold?.BOOL === true,
      },
    ]);
  return {
    rowId: item.row_id?.S ?? '',
    capacity: item.capacity && numberIn(item.capacity),
    free: numberIn(item.free),
    holds: new Map(holds),
    isForSale: item.open_in?.S !== undefined,
    isSwept: item.held_in?.S !== undefined,
  };
}

const readItem = (item: Item): StockedItem => ({
  item_id: item.item_id?.S ?? '',
  stock: numberIn(item.stock),
  rows: numberIn(item.rows),
  shards: numberIn(item.shards),
  since: item.since?.S ?? '',
});
