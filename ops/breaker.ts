import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { UsageError } from '../common/usageError.ts';
import type { BreakerState } from '../contracts/orderPanelsApi.ts';
import { BREAKER_KEY } from '../lib/adapters/dynamoBreakerStore.ts';
import { fromItem, toItem } from '../lib/adapters/dynamoItem.ts';
import { type CommandContext, EXIT, type ExitCode, isConfirmed } from './commandLine.ts';
import { operatorName } from './operatorName.ts';
import { CannotAskError, type Stage } from './stage.ts';

const KEY = toItem(BREAKER_KEY);
const WORDS = ['open', 'close', 'auto'];
const MODES: Record<string, 'open' | 'closed' | undefined> = { open: 'open', close: 'closed' };

export async function readBreaker(stage: Stage): Promise<BreakerState> {
  const TableName = tableOf(stage);
  const { Item = {} } = await stage.clients.dynamodb.send(
    new GetItemCommand({ TableName, Key: KEY, ConsistentRead: true }),
  );
  const { mode, mode_by, mode_at, opened_at, closed_at } = fromItem(Item);
  if (mode === 'open' || mode === 'closed')
    return { state: mode, by: String(mode_by), since: String(mode_at) };
  const state = opened_at === undefined ? 'closed' : 'open';
  const since = opened_at ?? closed_at;
  return { state, by: 'auto', since: typeof since === 'string' ? since : null };
}

/** `sls breaker [open|close|auto]`: shows whether charges are tried, and says so by hand. */
export function breakerCommand(context: CommandContext): (stage: Stage) => Promise<ExitCode> {
  const [word] = context.words;
  if (word !== undefined && !WORDS.includes(word))
    throw new UsageError(
      `sls breaker: must be followed by ${WORDS.join(', ')} or nothing, got ${JSON.stringify(word)}`,
    );
  return async (stage) => {
    if (word !== undefined) {
      const question = `Set the breaker of stage ${stage.name} to ${word}?`;
      if (stage.runtime === undefined && !(await isConfirmed(context, question))) return EXIT.no;
      await setBreaker(stage, MODES[word]);
    }
    const found = await readBreaker(stage);
    context.print(context.options.json === true ? JSON.stringify(found) : describeBreaker(found));
    return EXIT.good;
  };
}

export const describeBreaker = ({ state, by, since }: BreakerState): string =>
  `${state === 'open' ? 'open: no charge is tried' : 'closed'}${by === 'auto' ? '' : `, by ${by}`}${since === null ? '' : `, since ${since}`}`;

/** Without a mode the breaker is left to itself. */
export async function setBreaker(stage: Stage, mode?: 'open' | 'closed'): Promise<void> {
  const word = { ':by': operatorName(), ':at': new Date().toISOString() };
  await stage.clients.dynamodb.send(
    new UpdateItemCommand({
      TableName: tableOf(stage),
      Key: KEY,
      ...(mode === undefined
        ? {
            UpdateExpression: 'SET closed_at = :at REMOVE #mode, mode_by, mode_at',
            ExpressionAttributeValues: toItem({ ':at': word[':at'] }),
          }
        : {
            UpdateExpression: 'SET #mode = :mode, mode_by = :by, mode_at = :at',
            ExpressionAttributeValues: toItem({ ...word, ':mode': mode }),
          }),
      ExpressionAttributeNames: { '#mode': 'mode' },
    }),
  );
}

function tableOf({ name, outputs }: Stage): string {
  if (outputs.OperationsTableName !== '') return outputs.OperationsTableName;
  throw new CannotAskError(
    `The stack of stage ${name} has no breaker: deploy it again, npx sls deploy --stage ${name}`,
  );
}
