import { createRequire } from 'node:module';

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

const load = createRequire(import.meta.resolve('dynalite'));
const OPERATIONS = ['putItem', 'updateItem', 'deleteItem'];

/**
 * Puts into dynalite what it leaves out: the item on which a condition failed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#DDB-PutItem-request-ReturnValuesOnConditionCheckFailure
 */
export function mendTables(): void {
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
