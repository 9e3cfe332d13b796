import { createRequire } from 'node:module';
import url from 'node:url';
import type Dynalite from 'dynalite';
import { keepParsed } from './parsedExpressions.ts';

interface Conditional {
  ReturnValuesOnConditionCheckFailure?: string;
}
type Item = Record<string, unknown>;
type Fault = { body: { Item?: Item } } | null | undefined;
type Done = (error?: Error | null) => void;
interface Index {
  IndexName: string;
}
interface Table {
  TableName: string;
  LocalSecondaryIndexes?: Index[];
  GlobalSecondaryIndexes?: Index[];
}
interface Entry {
  index: string;
  key: string;
  item?: Item;
}
type Write = { type: 'put'; key: string; value: Item } | { type: 'del'; key: string };
interface Store {
  options: { path?: string };
  db: { batch(writes: Write[], done: Done): void };
}
interface Database {
  checkConditional(data: Conditional, existing?: Item): Fault;
  createKey(item: Item, table: Table): string;
  getIndexActions(
    indexes: Index[],
    existing: Item | undefined,
    item: Item | null,
    table: Table,
  ): { puts: Required<Entry>[]; deletes: Entry[] };
  updateIndexes(
    store: Store,
    table: Table,
    existing: Item | undefined,
    item: Item | null,
    done: Done,
  ): void;
}
interface Validation {
  types: Record<string, { type: string; enum: string[] }>;
}

interface Storage {
  MemoryLevel: new (options: object) => object;
}

const load = createRequire(import.meta.resolve('dynalite'));
const OPERATIONS = ['putItem', 'updateItem', 'deleteItem'];
const PARSERS = ['conditionParser', 'updateParser'];

/** dynalite with what it leaves out, and without some of what it does anew each time. */
export function mendedDynalite(): typeof Dynalite {
  storeTexts(load('memory-level'));
  const database: Database = load('dynalite/db/index.js');
  // A thread that is ended while it loads has half a module, and Node would warn of what it lacks.
  if (Object.hasOwn(database, 'checkConditional')) {
    returnItemOfFailedCondition(database);
    writeRowWithIndexes(database);
  }
  warnOfUrlParse();
  for (const name of PARSERS) keepParsed(load(`dynalite/db/${name}.js`));
  return load('dynalite');
}

/** Until Node.js has warned of `url.parse`, it looks down the stack at every call for whom to warn. */
const warnOfUrlParse = (): unknown => url.parse('/');

/** A row in memory is a text, which takes 1 kB for an order: a small buffer holds a whole block of Node.js's pool, 4 kB. */
function storeTexts(storage: Storage): void {
  const { MemoryLevel } = storage;
  storage.MemoryLevel = class extends MemoryLevel {
    constructor(options: object) {
      super({ ...options, storeEncoding: 'utf8' });
    }
  };
}

/**
 * The item on which a condition failed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#DDB-PutItem-request-ReturnValuesOnConditionCheckFailure
 */
function returnItemOfFailedCondition(database: Database): void {
  for (const operation of OPERATIONS) {
    const { types }: Validation = load(`dynalite/validations/${operation}.js`);
    types.ReturnValuesOnConditionCheckFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] };
  }
  const { checkConditional } = database;
  database.checkConditional = (data, existing) => {
    const fault = checkConditional(data, existing);
    if (fault && existing && data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD')
      fault.body.Item = existing;
    return fault;
  };
}

/**
 * On disk a row goes in one write with its entries in the indexes. dynalite writes the entries first: after a kill between
 * them an index would hold an order for ever that its table has not, or lack one that is open. It writes the row once more.
 */
function writeRowWithIndexes(database: Database): void {
  const { updateIndexes, getIndexActions, createKey } = database;
  database.updateIndexes = (store, table, existing, item, done) => {
    const row = item ?? existing;
    if (store.options.path === undefined || row === undefined)
      return updateIndexes(store, table, existing, item, done);
    const entries = (['Local', 'Global'] as const).flatMap((kind) => {
      const indexes = table[`${kind}SecondaryIndexes`] ?? [];
      const { puts, deletes } = getIndexActions(indexes, existing, item, table);
      const place = ({ index, key }: Entry) =>
        `index-${kind.toLowerCase()}~${table.TableName}~${index}~${key}`;
      return [
        ...deletes.map((entry) => ({ type: 'del' as const, key: place(entry) })),
        ...puts.map((entry) => ({ type: 'put' as const, key: place(entry), value: entry.item })),
      ];
    });
    if (entries.length === 0) return done();
    const key = `item-${table.TableName}~${createKey(row, table)}`;
    const write: Write = item === null ? { type: 'del', key } : { type: 'put', key, value: item };
    store.db.batch([...entries, write], done);
  };
}
