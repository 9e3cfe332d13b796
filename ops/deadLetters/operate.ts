import type { DeadLetterChange, Operation } from '../../contracts/deadLetters.ts';
import { operatorName } from '../operatorName.ts';
import type { Stage } from '../stage.ts';
import { type ChangeOptions, changeLetters } from './changeLetters.ts';
import type { JudgedLetter } from './judgedLetter.ts';
import { beginOperation } from './operationsLog.ts';

/** Orders that an entry names, so that it stays far from the 400 kB of an item. */
const MOST_NAMED = 2000;

export type Wanted = Pick<Operation, 'action' | 'filter' | 'reason'> & { through: string };

/** Changes these letters, and writes down who did it before and what came of it after. */
export async function operate(
  stage: Stage,
  letters: JudgedLetter[],
  { through, ...wanted }: Wanted,
  options: ChangeOptions = {},
): Promise<DeadLetterChange> {
  const orders = new Set(letters.flatMap(({ orderId }) => orderId ?? []));
  const log = await beginOperation(stage, {
    ...wanted,
    who: `${operatorName()} (${through})`,
    messages: letters.length,
    orders: [...orders].slice(0, MOST_NAMED),
  });
  const result = await changeLetters(stage, wanted.action, letters, options);
  await log.end(result);
  return result;
}
