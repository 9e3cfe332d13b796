import { createRequire } from 'node:module';
import url from 'node:url';
import type Dynalite from 'dynalite';
import { keepParsed } from './parsedExpressions.ts';

interface Conditional {
  ReturnValuesOnConditionCheckFailure?: string;
}
type Item = Record<string, unknown>;
type Fault = { body: { Item?: Item } } | null | undefined;
interface Database {
  checkConditional(data: Conditional, existing?: Item): Fault;
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
  returnItemOfFailedCondition();
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
function returnItemOfFailedCondition(): void {
  for (const operation of OPERATIONS) {
    const { types }: Validation = load(`dynalite/validations/${operation}.js`);
    types.ReturnValuesOnConditionCheckFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] };
  }
  const database: Database = load('dynalite/db/index.js');
  // A thread that is ended while it loads has half a module, and Node would warn of what it lacks.
  if (!Object.hasOwn(database, 'checkConditional')) return;
  const { checkConditional } = database;
  database.checkConditional = (data, existing) => {
    const fault = checkConditional(data, existing);
    if (fault && existing && data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD')
      fault.body.Item = existing;
    return fault;
  };
}
